/**
 * A story: clusters, people, alerts and one or two flink-medics, in one process and in the story's own time. What may
 * never happen is checked whenever something is decided, sent or accepted; what must be so in the end when all is calm.
 */

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MedicError } from '../../../../src/core/errors.ts';
import { type Attempt, type Incident, isClosed } from '../../../../src/core/restart/incident.ts';
import type { Liftable } from '../../../../src/core/restart/reasons.ts';
import type { IncidentChanges } from '../../../../src/ledger/incident-ledger.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { Program } from './program.ts';
import { type Accepted, SimCluster, type TrueJob } from './sim-cluster.ts';
import type { WireRequest } from './wire.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const ACT_WITHIN_MS = 15 * MINUTE;
const SUBMIT_TIMEOUT = '2m';
/** Between a decision and what follows from it. */
const SLACK_MS = 30 * SECOND;

/** Requests and transactions within one moment. */
const MOST_EVENTS = 5_000;

/** Within half a minute. */
const MOST_TIMERS = 2_000;

/** What all of a story has in common. */
export interface Scene {
  readonly watchdog: boolean;
  readonly highlyAvailable: boolean;
  readonly version: '1.20' | '2.3';
  readonly clusters: 1 | 2;
  readonly vanished: boolean;
}

/** What the configuration says; a reload takes the one that is in force then. */
export interface Settings {
  readonly mode: 'off' | 'dry_run' | 'on';
  readonly restore: 'require' | 'prefer' | 'none';
  readonly attempts: number;
  readonly policies: readonly string[];
}

/** A ledger over all programs that use it. */
interface Lineage {
  birth: number;
  onSince: number | undefined;
  readonly policies: Map<string, number>;
  readonly paused: Set<string>;
  /** When a person lifted `exhausted`, by cluster and job. */
  readonly lifted: Map<string, number>;
}

export const JOBS = ['orders', 'payments'] as const;

export class Story {
  readonly time = new ManualTime();
  readonly scene: Scene;
  readonly clusters: SimCluster[];
  readonly folder: string;
  readonly jar: string;
  readonly violations: string[] = [];
  readonly told: string[] = [];
  settings: Settings = { mode: 'on', restore: 'require', attempts: 3, policies: ['orders', 'payments'] };
  readonly programs: (Program | undefined)[] = [];
  readonly #lineageOf = new Map<Program, Lineage>();
  readonly #applied = new Map<Program, Settings>();
  readonly #lineages: (Lineage | undefined)[] = [];
  readonly #copies: (Lineage | undefined)[] = [];
  readonly #looks = new Map<string, number>();
  readonly #senders = new Map<string, { readonly program: Program; readonly lookedAt: number }>();
  readonly #judged = new Set<string>();
  readonly #intents = new Map<string, string>();
  readonly #interrupts: { readonly at: number; readonly act: () => unknown }[] = [];
  #requests = 0;
  #events = 0;
  #started = 0;
  #checkpointedAt = 0;

  constructor(scene: Scene, folder: string) {
    this.scene = scene;
    this.folder = folder;
    this.jar = join(folder, 'orders.jar');
    writeFileSync(this.jar, 'a jar');
    this.clusters = Array.from(
      { length: scene.clusters },
      (_, index) =>
        new SimCluster({
          name: `c${String(index + 1)}`,
          version: scene.version,
          highlyAvailable: scene.highlyAvailable,
          clock: this.time.manual,
          folder: join(folder, 'checkpoints'),
          tick: () => ++this.#events,
          after: (ms) => this.#after(ms),
          accepted: (cluster, accepted) => this.#accepted(cluster, accepted),
        }),
    );
  }

  get now(): number {
    return this.time.manual.now();
  }

  /** Starts the flink-medic of this number, if it is not running. */
  async startProgram(index: number): Promise<void> {
    if (this.programs[index] !== undefined) return;
    const folder = this.#storage(index);
    mkdirSync(folder, { recursive: true });
    const name = `p${String(++this.#started)}`;
    const configFile = join(folder, 'flink-medic.yml');
    const hosts = new Map(this.clusters.map((cluster) => [`${name}-${cluster.name}`, cluster]));
    const program = new Program({
      name,
      time: this.time,
      folder,
      configFile,
      hosts,
      asked: (asking, cluster, request) => this.#asked(asking, cluster, request),
      committing: (writing, changes) => this.#committing(writing, changes),
    });
    this.programs[index] = program;
    this.#lineageOf.set(program, (this.#lineages[index] ??= newLineage(this.now)));
    this.#write(program);
    await program.start();
    await this.settle();
  }

  async reload(index: number): Promise<void> {
    const program = this.programs[index];
    if (program === undefined) return;
    this.#write(program);
    await program.reload();
    await this.settle();
  }

  async kill(index: number): Promise<void> {
    const program = this.programs[index];
    if (program === undefined) return;
    program.kill();
    await this.#bury(index, program);
  }

  async stop(index: number): Promise<void> {
    const program = this.programs[index];
    if (program === undefined || program.fuse !== undefined) return;
    this.programs[index] = undefined;
    const stopped = program.stop();
    await this.settle();
    await stopped;
    await this.#bury(index, program);
  }

  async #bury(index: number, program: Program): Promise<void> {
    this.programs[index] = undefined;
    await this.settle();
    await program.closeFile();
    this.#checkLog(program);
  }

  copyLedger(index: number): void {
    const lineage = this.#lineages[index];
    if (lineage === undefined) return;
    this.#copies[index] = structuredClone(lineage);
    rmSync(this.#copy(index), { recursive: true, force: true });
    cpSync(this.#storage(index), this.#copy(index), { recursive: true });
  }

  async loseLedger(index: number): Promise<void> {
    await this.kill(index);
    rmSync(this.#storage(index), { recursive: true, force: true });
    this.#lineages[index] = undefined;
    await this.startProgram(index);
  }

  async restoreLedger(index: number): Promise<void> {
    const copy = this.#copies[index];
    if (copy === undefined || !existsSync(this.#copy(index))) return;
    await this.kill(index);
    rmSync(this.#storage(index), { recursive: true, force: true });
    cpSync(this.#copy(index), this.#storage(index), { recursive: true });
    this.#lineages[index] = structuredClone(copy);
    await this.startProgram(index);
  }

  note(what: string): void {
    this.told.push(`${this.#clock()} ${what}`);
  }

  /** Does something right before the request of this number from now on is answered. */
  interruptAfter(requests: number, act: () => unknown): void {
    this.#interrupts.push({ at: this.#requests + requests, act });
  }

  /** Calls a program that may be killed before it answers. */
  async order(index: number, what: (program: Program, lineage: Lineage) => Promise<unknown>): Promise<void> {
    const program = this.programs[index];
    const lineage = this.#lineages[index];
    if (program === undefined || lineage === undefined) return;
    what(program, lineage).catch((error: unknown) => {
      if (!(error instanceof MedicError)) this.violations.push(`an order failed: ${String(error)}`);
    });
    await this.settle();
  }

  async pause(index: number, cluster: string | undefined): Promise<void> {
    await this.order(index, async ({ restarts }, { paused }) => {
      await restarts.desk.pause(cluster, 'ann');
      paused.add(cluster ?? '');
    });
  }

  async resume(index: number, cluster: string | undefined): Promise<void> {
    await this.order(index, async ({ restarts }, { paused }) => {
      if (cluster === undefined) paused.clear();
      else paused.delete(cluster);
      await restarts.desk.resume(cluster, 'ann');
    });
  }

  async restart(index: number, cluster: string, job: string, lift: readonly Liftable[]): Promise<void> {
    await this.order(index, async ({ restarts }, { lifted }) => {
      if (lift.includes('exhausted')) lifted.set(`${cluster} ${job}`, this.now);
      await restarts.desk.restart({ cluster, job, lift }, 'ann');
    });
  }

  /** Lets everything go on that does not wait for time to pass. */
  async settle(): Promise<void> {
    let before = -1;
    const begunAt = this.#events;
    for (;;) {
      if (this.#events - begunAt > MOST_EVENTS) {
        for (const program of this.programs) if (program !== undefined) program.dead = true;
        throw new Error(`flink-medic never comes to rest: ${this.violations.join()}\n${this.told.join('\n')}`);
      }
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      const isBusy = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
      if (!isBusy && before === this.#events) break;
      before = this.#events;
    }
    for (const [index, program] of this.programs.entries()) {
      if (program?.dead === true) await this.#bury(index, program);
      else if (program !== undefined) this.#noteArmed(index, program);
    }
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const stop = Math.min(end, this.now + 30 * SECOND);
      for (let fired = 0; this.time.fireNext(stop); fired += 1) {
        await this.settle();
        if (fired > MOST_TIMERS) throw new Error(`flink-medic never rests:\n${this.told.join('\n')}`);
      }
      this.time.manual.advance(stop - this.now);
      this.#checkpoint();
      if (this.now >= end) return;
    }
  }

  /** Jobs that run well complete a checkpoint every minute. */
  #checkpoint(): void {
    if (this.now - this.#checkpointedAt < MINUTE) return;
    this.#checkpointedAt = this.now;
    for (const cluster of this.clusters) {
      for (const known of cluster.alive()) if (known.job.state === 'RUNNING') cluster.snapshot(known);
    }
  }

  async check(page = true): Promise<void> {
    for (const program of this.programs) {
      if (program === undefined) continue;
      this.#checkLog(program);
      if (page) await program.checkPage();
      await this.#checkStories(program);
    }
  }

  /** Everything answers, nobody does anything any more: every incident comes to its end. */
  async calm(): Promise<void> {
    this.note('all is calm');
    this.#interrupts.length = 0;
    for (const cluster of this.clusters) {
      cluster.mode = 'ready';
      cluster.faults.length = 0;
      cluster.fates.length = 0;
      cluster.mainMs = 0;
      for (const job of cluster.jobs) {
        job.listed = true;
        job.answers = true;
        if (job.endTime === undefined && job.state !== 'RUNNING') job.run();
      }
    }
    for (const [index, program] of this.programs.entries()) {
      if (program === undefined) continue;
      program.fuse = undefined;
      program.full = false;
      await this.resume(index, undefined);
    }
    for (let past = 0; past < 2 * ACT_WITHIN_MS + 15 * MINUTE; past += 5 * MINUTE) {
      await this.advance(5 * MINUTE);
      if (this.programs.every((program) => program?.restarts.desk.incidents().every(isClosed) !== false)) break;
    }
    await this.check();
    for (const [index, program] of this.programs.entries()) {
      for (const incident of program?.restarts.desk.incidents() ?? []) {
        const isLocked = incident.reason === 'in_progress' && incident.order?.lift.includes('too_late') === true;
        if (isClosed(incident) || incident.state === 'unconfirmed' || isLocked) continue;
        this.#violate(`program ${String(index)}: in the end incident ${describe(incident)} is still open`);
      }
    }
  }

  async end(): Promise<void> {
    for (const index of this.programs.keys()) await this.kill(index);
  }

  #storage(index: number): string {
    return join(this.folder, `medic-${String(index)}`);
  }

  #copy(index: number): string {
    return join(this.folder, `copy-${String(index)}`);
  }

  #after(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.time.timers.after(ms, resolve);
    return promise;
  }

  #write(program: Program): void {
    const { settings, scene } = this;
    this.#applied.set(program, settings);
    const policies = settings.policies.map((name) => ({
      name,
      match: { flink_cluster: '/c./', job_name: name.replace(/-.*/, '') },
      triggers: { watchdog: scene.watchdog },
      on: scene.vanished ? ['FAILED', 'VANISHED'] : ['FAILED'],
      vanished_wait: '2m',
      restore: { policy: settings.restore },
      budget: { attempts: settings.attempts, per: '1h' },
      confirm: { timeout: '2m' },
      driver: {
        flink_rest: { jar: this.jar, args: ['--name', name.replace(/-.*/, '')], submit_timeout: SUBMIT_TIMEOUT },
      },
    }));
    const config = {
      observe: { interval: '30s' },
      clusters: [...program.options.hosts].map(([host, { name }]) => ({
        name,
        jobmanagers: [`http://${host}:8081`],
        archives: [],
      })),
      restart: { mode: settings.mode, act_within: `${String(ACT_WITHIN_MS / MINUTE)}m`, policies },
    };
    writeFileSync(program.options.configFile, JSON.stringify(config));
  }

  /** What the ledger must know by now. */
  #noteArmed(index: number, program: Program): void {
    const lineage = this.#lineages[index];
    if (lineage === undefined || program.full || program.fuse !== undefined) return;
    const { mode, policies } = this.#applied.get(program) ?? this.settings;
    if (mode !== 'on') lineage.onSince = undefined;
    else lineage.onSince ??= this.now;
    for (const policy of policies) if (!lineage.policies.has(policy)) lineage.policies.set(policy, this.now);
  }

  #asked(program: Program, cluster: SimCluster, { method, path, body }: WireRequest): void {
    this.#events += 1;
    this.#requests += 1;
    for (const { at, act } of this.#interrupts) {
      if (at !== this.#requests) continue;
      this.note(`before ${method} ${path}: ${act.toString()}`);
      act();
    }
    cluster.shown(path);
    if (path === '/config') this.#looks.set(`${program.options.name} ${cluster.name}`, this.#events);
    if (method !== 'POST' || !path.endsWith('/run')) return;
    const sent = JSON.parse(body.toString()) as Record<string, unknown>;
    const jobId = String(sent.jobId);
    const lookedAt = this.#looks.get(`${program.options.name} ${cluster.name}`) ?? 0;
    this.#senders.set(jobId, { program, lookedAt });
    const incident = program.restarts.desk
      .incidents()
      .find(({ attempts }) => attempts.some(({ request }) => request.jobId === jobId));
    const attempt = incident?.attempts.find(({ request }) => request.jobId === jobId);
    this.note(`${program.options.name} sends ${jobId} to ${cluster.name}`);
    if (incident === undefined || attempt === undefined) {
      this.#violate(`${jobId} was sent without an intent`);
      return;
    }
    const { request } = attempt;
    const expected = {
      jobId,
      programArgsList: request.args,
      ...(request.restore && {
        savepointPath: request.restore.path,
        restoreMode: request.restore.claimMode,
        allowNonRestoredState: request.restore.allowNonRestoredState,
      }),
    };
    if (JSON.stringify(sent) !== JSON.stringify(expected)) {
      this.#violate(`sent ${JSON.stringify(sent)}, decided was ${JSON.stringify(expected)}`);
    }
    if (attempt.state !== 'sending') this.#violate(`${jobId} was sent while its attempt is ${attempt.state}`);
    this.#judgeSwitches(program, incident, attempt, 'sent');
  }

  /** Neither switched off, paused, too old nor of a time before all this was switched on. */
  #judgeSwitches(program: Program, incident: Incident, attempt: Attempt, what: string): void {
    const lineage = this.#lineageOf.get(program);
    if (lineage === undefined) return;
    const { mode } = program.fleet.config.restart;
    const { cluster } = incident.run;
    const id = `incident ${String(incident.id)} of ${program.options.name}`;
    if (mode !== 'on') this.#violate(`${id} ${what} in mode ${mode}`);
    if (lineage.paused.has('') || lineage.paused.has(cluster)) this.#violate(`${id} ${what} while paused`);
    const lift = incident.order?.lift ?? [];
    const age = this.now - attempt.of.endTime;
    if (age > ACT_WITHIN_MS + SLACK_MS && !lift.includes('too_late')) {
      this.#violate(`${id} ${what} ${String(age / MINUTE)} minutes after the end`);
    }
    const armed = Math.max(lineage.birth, lineage.onSince ?? 0);
    if (incident.run.endTime < armed && !lift.includes('before_armed')) {
      this.#violate(`${id} ${what}, but its run ended before it was armed`);
    }
  }

  #committing(program: Program, { incidents = [] }: Partial<IncidentChanges>): void {
    this.#events += 1;
    for (const incident of incidents) {
      const attempt = incident.attempts.at(-1);
      if (attempt === undefined) continue;
      const key = `${program.options.folder} ${String(this.#lineageOf.get(program)?.birth)} ${attempt.request.jobId}`;
      const text = JSON.stringify(attempt.request);
      if (attempt.state !== 'intended') {
        if (this.#intents.get(key) !== text) this.#violate(`the request of an intent changed: ${text}`);
        continue;
      }
      this.#intents.set(key, text);
      if (this.#judged.has(key)) continue;
      this.#judged.add(key);
      this.#judge(program, incident, attempt);
    }
  }

  /** An intent: is it one that may be? */
  #judge(program: Program, incident: Incident, attempt: Attempt): void {
    const { of, request } = attempt;
    this.note(
      `${program.options.name} decides ${request.jobId} for ${of.jobId} ${of.status}, from ${request.restore?.path ?? 'nothing'}: ${request.restoreDetail}`,
    );
    this.#judgeSwitches(program, incident, attempt, 'decided');
    const known = this.#trueJob(of.cluster, of.jobId, of.lastStart);
    const on = this.scene.vanished ? ['FAILED', 'VANISHED'] : ['FAILED'];
    if (known === undefined) return this.#violate(`an intent for run ${of.jobId}, which never was`);
    const truth = known.job.endTime === undefined ? (known.lost ? 'VANISHED' : known.job.state) : known.job.state;
    // Nobody could see how it ended before its JobManager was gone.
    const isUnknown = of.status === 'VANISHED' && known.seenEndedAt === undefined;
    if (!on.includes(truth) && !isUnknown) this.#violate(`an intent for run ${of.jobId}, which is really ${truth}`);
    const settings = this.#applied.get(program) ?? this.settings;
    this.#judgeBudget(program, incident, settings.attempts);
    this.#judgeRestore(incident, request, settings.restore);
  }

  #judgeBudget(program: Program, { run }: Incident, limit: number): void {
    const lineage = this.#lineageOf.get(program);
    const lifted = lineage?.lifted.get(`${run.cluster} ${run.name}`) ?? 0;
    const spent = program.restarts.desk
      .incidents()
      .filter((other) => other.run.cluster === run.cluster && other.run.name === run.name)
      .flatMap(({ attempts }) => attempts)
      .filter(({ intendedAt }) => intendedAt > this.now - HOUR && intendedAt >= lifted).length;
    if (spent >= limit) this.#violate(`attempt ${String(spent + 1)} within an hour, of ${String(limit)}`);
  }

  #judgeRestore({ run, attempts, order }: Incident, { restore }: Attempt['request'], policy: string): void {
    if (order?.from !== undefined) return;
    if (restore === undefined) {
      if (policy === 'require') this.#violate('an intent without state, though the policy requires it');
      return;
    }
    const chain = [
      this.#trueJob(run.cluster, run.jobId, run.lastStart),
      ...attempts.map(({ request }) => this.#trueJob(run.cluster, request.jobId)),
    ].filter((known): known is TrueJob => known !== undefined);
    const last = chain.findLast(({ snapshots, restoredFrom }) => snapshots.length > 0 || restoredFrom !== undefined);
    // Nobody saw the savepoint of a run that vanished right after it, and only checkpoints have a folder that tells.
    const known = last?.snapshots.filter(({ savepoint, seen }) => seen || !savepoint);
    const newest = known?.at(-1)?.path ?? last?.restoredFrom;
    if (newest !== restore.path) {
      this.#violate(`an intent from ${restore.path}, though ${String(newest)} is the newest of its chain`);
    }
  }

  #trueJob(cluster: string, jobId: string, start?: number): TrueJob | undefined {
    const known = this.clusters.find(({ name }) => name === cluster)?.truth.filter(({ job }) => job.jobId === jobId);
    return known?.findLast(({ job }) => job.startTime === start) ?? known?.at(-1);
  }

  /** A submission became a job: is it the only one? */
  #accepted(cluster: SimCluster, { job, process }: Accepted): void {
    this.#events += 1;
    this.note(`${cluster.name} accepts ${job.jobId} as ${job.name}: ${job.state}`);
    const { jobId, name } = job;
    const sender = this.#senders.get(jobId);
    if (sender === undefined) return this.#violate(`${jobId} was accepted, and nobody sent it`);
    if (cluster.accepted.some((other) => other.process === process && other.job.jobId === jobId)) {
      this.#violate(`${jobId} was accepted twice by one process`);
    }
    for (const other of cluster.alive()) {
      if (other.job === job || other.job.name !== name) continue;
      const known = sender.program.dead
        ? undefined
        : sender.program.fleet.cluster(cluster.name)?.history.newest(other.job.jobId);
      const couldBeSeen = other.job.listed || known !== undefined;
      if (!other.byMedic && (other.begunAt > sender.lookedAt || !couldBeSeen)) continue;
      this.#violate(
        `a second copy of ${name} on ${cluster.name}: ${jobId}, while ${other.job.jobId} is ${other.job.state}${other.byMedic ? ', of flink-medic itself' : ''}`,
      );
    }
  }

  #checkLog({ log, wasFull, options }: Program): void {
    for (const line of log.splice(0)) {
      const isFault = (line.err as { type?: string } | undefined)?.type === 'MedicError';
      if (line.level === 'error' && !wasFull && !isFault)
        this.#violate(`${options.name} logged ${JSON.stringify(line)}`);
    }
  }

  /** Every attempt stands in the story of its incident. */
  async #checkStories({ restarts }: Program): Promise<void> {
    for (const { id, attempts } of restarts.desk.incidents()) {
      const { events } = await restarts.desk.story(id);
      const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
      const sent = attempts.reduce((sum, { sentAt }) => sum + sentAt.length, 0);
      if (count('accepted') !== attempts.length) this.#violate(`incident ${String(id)} lacks a decision in its story`);
      if (count('sending') !== sent) this.#violate(`incident ${String(id)} lacks a submission in its story`);
      const silent = events.find((event) => ['refused', 'deferred'].includes(event.kind) && event.reason === undefined);
      if (silent !== undefined) this.#violate(`incident ${String(id)}: a decision without a reason`);
    }
  }

  #clock(): string {
    return new Date(this.now).toISOString().slice(11, 19);
  }

  #violate(what: string): void {
    this.violations.push(`${this.#clock()} ${what}`);
  }
}

function newLineage(now: number): Lineage {
  return { birth: now, onSince: undefined, policies: new Map(), paused: new Set(), lifted: new Map() };
}

function describe({ id, state, reason, detail, attempts }: Incident): string {
  return `${String(id)} ${state} ${reason ?? ''} (${detail}) ${attempts.map((attempt) => `${attempt.state} ${attempt.detail}`).join(' | ')}`;
}
