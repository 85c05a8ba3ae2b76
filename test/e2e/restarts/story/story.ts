/**
 * A story: clusters, people, alerts and one or two flink-medics, in one process and in the story's own time. What may
 * never happen is checked whenever something is decided, sent or accepted; what must be so in the end when all is calm.
 */

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MedicError } from '../../../../src/core/errors.ts';
import { type Incident, isClosed } from '../../../../src/core/restart/incident.ts';
import type { Liftable } from '../../../../src/core/restart/reasons.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { Judge } from './judge.ts';
import { Program } from './program.ts';
import { ACT_WITHIN_MS, type Lineage, newLineage, type Scene, type Settings } from './scene.ts';
import { SimCluster } from './sim-cluster.ts';
import type { WireRequest } from './wire.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const SUBMIT_TIMEOUT = '2m';

/** Requests and transactions within one moment. */
const MOST_EVENTS = 5_000;

/** Within half a minute. */
const MOST_TIMERS = 2_000;

export class Story {
  readonly time = new ManualTime();
  readonly scene: Scene;
  readonly clusters: SimCluster[];
  readonly folder: string;
  readonly jar: string;
  readonly told: string[] = [];
  settings: Settings = { mode: 'on', restore: 'require', attempts: 3, policies: ['orders', 'payments'] };
  readonly programs: (Program | undefined)[] = [];
  readonly #lineageOf = new Map<Program, Lineage>();
  readonly #applied = new Map<Program, Settings>();
  readonly #lineages: (Lineage | undefined)[] = [];
  readonly #copies: (Lineage | undefined)[] = [];
  readonly #judge = new Judge(this);
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
          accepted: (cluster, accepted) => {
            this.#events += 1;
            this.#judge.accepted(cluster, accepted);
          },
        }),
    );
  }

  get now(): number {
    return this.time.manual.now();
  }

  get violations(): readonly string[] {
    return this.#judge.violations;
  }

  /** Those in force. */
  settingsOf(program: Program): Settings {
    return this.#applied.get(program) ?? this.settings;
  }

  lineageOf(program: Program): Lineage | undefined {
    return this.#lineageOf.get(program);
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
      committing: (writing, changes) => {
        this.#events += 1;
        this.#judge.committing(writing, changes);
      },
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
    this.#judge.checkLog(program);
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
      if (!(error instanceof MedicError)) this.#judge.violate(`an order failed: ${String(error)}`);
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
      this.#judge.checkLog(program);
      if (page) await program.checkPage();
      await this.#judge.checkStories(program);
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
        this.#judge.violate(`program ${String(index)}: in the end incident ${describe(incident)} is still open`);
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
    const { mode, policies } = this.settingsOf(program);
    if (mode !== 'on') lineage.onSince = undefined;
    else lineage.onSince ??= this.now;
    for (const policy of policies) if (!lineage.policies.has(policy)) lineage.policies.set(policy, this.now);
  }

  #asked(program: Program, cluster: SimCluster, request: WireRequest): void {
    const { method, path } = request;
    this.#events += 1;
    this.#requests += 1;
    for (const { at, act } of this.#interrupts) {
      if (at !== this.#requests) continue;
      this.note(`before ${method} ${path}: ${act.toString()}`);
      act();
    }
    cluster.shown(path);
    this.#judge.asked(program, cluster, request);
  }

  #clock(): string {
    return new Date(this.now).toISOString().slice(11, 19);
  }
}

function describe({ id, state, reason, detail, attempts }: Incident): string {
  return `${String(id)} ${state} ${reason ?? ''} (${detail}) ${attempts.map((attempt) => `${attempt.state} ${attempt.detail}`).join(' | ')}`;
}
