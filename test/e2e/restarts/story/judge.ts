/**
 * What may never happen in a story, checked whenever something is decided, written, sent or accepted. Keeps what was sent
 * and decided, to compare with; believes only what really became of the jobs.
 */

import type { Attempt, Incident } from '../../../../src/core/restart/incident.ts';
import type { IncidentChanges } from '../../../../src/ledger/incident-ledger.ts';
import type { Program } from './program.ts';
import { ACT_WITHIN_MS, type Lineage, type Scene, type Settings } from './scene.ts';
import type { Accepted, SimCluster, TrueJob } from './sim-cluster.ts';
import type { WireRequest } from './wire.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Between a decision and what follows from it. */
const SLACK_MS = 30_000;

/** The story that is judged. */
interface Judged {
  readonly scene: Scene;
  readonly clusters: readonly SimCluster[];
  readonly now: number;
  settingsOf(program: Program): Settings;
  lineageOf(program: Program): Lineage | undefined;
  note(what: string): void;
}

export class Judge {
  readonly violations: string[] = [];
  readonly #story: Judged;
  /** What a program could see of a cluster when it last asked for the list. */
  readonly #lists = new Map<string, readonly TrueJob[]>();
  /** What it could see when that list was one of a look. */
  readonly #looks = new Map<string, readonly TrueJob[]>();
  readonly #senders = new Map<string, { readonly program: Program; readonly looked: readonly TrueJob[] }>();
  readonly #judged = new Set<string>();
  readonly #intents = new Map<string, string>();

  constructor(story: Judged) {
    this.#story = story;
  }

  violate(what: string): void {
    this.violations.push(`${new Date(this.#story.now).toISOString().slice(11, 19)} ${what}`);
  }

  /** A request: if it is a submission, is it what was decided? */
  asked(program: Program, cluster: SimCluster, { method, path, body }: WireRequest): void {
    const visible = cluster.alive().filter(({ job }) => job.listed || isKnown(program, cluster, job.jobId));
    const look = `${program.options.name} ${cluster.name}`;
    if (path === '/jobs/overview') this.#lists.set(look, visible);
    // A look asks for it together with the list.
    if (path === '/config') this.#looks.set(look, this.#lists.get(look) ?? []);
    if (method !== 'POST' || !path.endsWith('/run')) return;
    const sent = JSON.parse(body.toString()) as Record<string, unknown>;
    const jobId = String(sent.jobId);
    const looked = this.#looks.get(look)?.filter((known) => visible.includes(known)) ?? [];
    this.#senders.set(jobId, { program, looked });
    const incident = program.restarts.desk
      .incidents()
      .find(({ attempts }) => attempts.some(({ request }) => request.jobId === jobId));
    const attempt = incident?.attempts.findLast(({ request }) => request.jobId === jobId);
    this.#story.note(`${program.options.name} sends ${jobId} to ${cluster.name}`);
    if (incident === undefined || attempt === undefined) {
      this.violate(`${jobId} was sent without an intent`);
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
      this.violate(`sent ${JSON.stringify(sent)}, decided was ${JSON.stringify(expected)}`);
    }
    if (attempt.state !== 'sending') this.violate(`${jobId} was sent while its attempt is ${attempt.state}`);
    this.#judgeSwitches(program, incident, attempt, 'sent');
  }

  /** Neither switched off, paused, too old nor of a time before all this was switched on. */
  #judgeSwitches(program: Program, incident: Incident, attempt: Attempt, what: string): void {
    const lineage = this.#story.lineageOf(program);
    if (lineage === undefined) return;
    const { mode } = program.fleet.config.restart;
    const { cluster } = incident.run;
    const id = `incident ${String(incident.id)} of ${program.options.name}`;
    if (mode !== 'on') this.violate(`${id} ${what} in mode ${mode}`);
    if (lineage.paused.has('') || lineage.paused.has(cluster)) this.violate(`${id} ${what} while paused`);
    const lift = incident.order?.lift ?? [];
    const age = this.#story.now - attempt.of.endTime;
    if (age > ACT_WITHIN_MS + SLACK_MS && !lift.includes('too_late')) {
      this.violate(`${id} ${what} ${String(age / MINUTE)} minutes after the end`);
    }
    const policy = incident.policy ?? '';
    const armed = Math.max(lineage.birth, lineage.onSince ?? 0, lineage.policies.get(policy) ?? 0);
    if (incident.run.endTime < armed && !lift.includes('before_armed')) {
      this.violate(`${id} ${what}, but its run ended before it was armed`);
    }
  }

  /** A transaction: an intent is judged once, and never changes. */
  committing(program: Program, { incidents = [] }: Partial<IncidentChanges>): void {
    for (const incident of incidents) {
      const attempt = incident.attempts.at(-1);
      if (attempt === undefined) continue;
      // All attempts for one end have one id.
      const ledger = `${program.options.folder} ${String(this.#story.lineageOf(program)?.birth)}`;
      const key = `${ledger} ${attempt.request.jobId} ${String(incident.attempts.length)}`;
      const text = JSON.stringify(attempt.request);
      if (attempt.state !== 'intended') {
        if (this.#intents.get(key) !== text) this.violate(`the request of an intent changed: ${text}`);
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
    this.#story.note(
      `${program.options.name} decides ${request.jobId} for ${of.jobId} ${of.status}, from ${request.restore?.path ?? 'nothing'}: ${request.restoreDetail}`,
    );
    this.#judgeSwitches(program, incident, attempt, 'decided');
    const known = this.#trueJob(of.cluster, of.jobId, of.lastStart);
    const on = this.#story.scene.vanished ? ['FAILED', 'VANISHED'] : ['FAILED'];
    if (known === undefined) return this.violate(`an intent for run ${of.jobId}, which never was`);
    const truth = known.job.endTime === undefined ? (known.lost ? 'VANISHED' : known.job.state) : known.job.state;
    // Nobody could see how it ended before its JobManager was gone.
    const isUnknown = of.status === 'VANISHED' && known.seenEndedAt === undefined;
    if (!on.includes(truth) && !isUnknown) this.violate(`an intent for run ${of.jobId}, which is really ${truth}`);
    const settings = this.#story.settingsOf(program);
    this.#judgeBudget(program, incident, settings.attempts);
    this.#judgeRestore(incident, request, settings.restore);
  }

  #judgeBudget(program: Program, { run }: Incident, limit: number): void {
    const lineage = this.#story.lineageOf(program);
    const lifted = lineage?.lifted.get(`${run.cluster} ${run.name}`) ?? 0;
    const spent = program.restarts.desk
      .incidents()
      .filter((other) => other.run.cluster === run.cluster && other.run.name === run.name)
      .flatMap(({ attempts }) => attempts)
      .filter(({ intendedAt }) => intendedAt > this.#story.now - HOUR && intendedAt >= lifted).length;
    if (spent >= limit) this.violate(`attempt ${String(spent + 1)} within an hour, of ${String(limit)}`);
  }

  #judgeRestore({ run, attempts, order }: Incident, { restore }: Attempt['request'], policy: string): void {
    if (order?.from !== undefined) return;
    if (restore === undefined) {
      if (policy === 'require') this.violate('an intent without state, though the policy requires it');
      return;
    }
    // A run of this very id was made by a flink-medic with another ledger: what it completed nobody here can know.
    const chain = [
      this.#trueJob(run.cluster, run.jobId, run.lastStart),
      ...attempts.slice(0, -1).map(({ request }) => this.#trueJob(run.cluster, request.jobId)),
    ].filter((known): known is TrueJob => known !== undefined);
    const last = chain.findLast(({ snapshots, restoredFrom }) => snapshots.length > 0 || restoredFrom !== undefined);
    // Nobody saw the savepoint of a run that vanished right after it, and only checkpoints have a folder that tells.
    const known = last?.snapshots.filter(({ savepoint, seen }) => seen || !savepoint);
    const newest = known?.at(-1)?.path ?? last?.restoredFrom;
    if (newest !== restore.path) {
      this.violate(`an intent from ${restore.path}, though ${String(newest)} is the newest of its chain`);
    }
  }

  #trueJob(cluster: string, jobId: string, start?: number): TrueJob | undefined {
    const known = this.#story.clusters
      .find(({ name }) => name === cluster)
      ?.truth.filter(({ job }) => job.jobId === jobId);
    return known?.findLast(({ job }) => job.startTime === start) ?? known?.at(-1);
  }

  /** A submission became a job: is it the only one? */
  accepted(cluster: SimCluster, { job, process }: Accepted): void {
    this.#story.note(`${cluster.name} accepts ${job.jobId} as ${job.name}: ${job.state}`);
    const { jobId, name } = job;
    const sender = this.#senders.get(jobId);
    if (sender === undefined) return this.violate(`${jobId} was accepted, and nobody sent it`);
    if (cluster.accepted.some((other) => other.process === process && other.job.jobId === jobId)) {
      this.violate(`${jobId} was accepted twice by one process`);
    }
    for (const other of cluster.alive()) {
      if (other.job === job || other.job.name !== name) continue;
      // What began after the last look, or was in no list then, nobody could know of.
      if (!other.byMedic && !sender.looked.includes(other)) continue;
      this.violate(
        `a second copy of ${name} on ${cluster.name}: ${jobId}, while ${other.job.jobId} is ${other.job.state}${other.byMedic ? ', of flink-medic itself' : ''}`,
      );
    }
  }

  checkLog({ log, wasFull, options }: Program): void {
    for (const line of log.splice(0)) {
      const isFault = (line.err as { type?: string } | undefined)?.type === 'MedicError';
      if (line.level === 'error' && !wasFull && !isFault)
        this.violate(`${options.name} logged ${JSON.stringify(line)}`);
    }
  }

  /** Every attempt stands in the story of its incident. */
  async checkStories({ restarts }: Program): Promise<void> {
    for (const { id, attempts } of restarts.desk.incidents()) {
      const { events } = await restarts.desk.story(id);
      const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
      const sent = attempts.reduce((sum, { sentAt }) => sum + sentAt.length, 0);
      if (count('accepted') !== attempts.length) this.violate(`incident ${String(id)} lacks a decision in its story`);
      if (count('sending') !== sent) this.violate(`incident ${String(id)} lacks a submission in its story`);
      const silent = events.find((event) => ['refused', 'deferred'].includes(event.kind) && event.reason === undefined);
      if (silent !== undefined) this.violate(`incident ${String(id)}: a decision without a reason`);
    }
  }
}

function isKnown({ dead, fleet }: Program, cluster: SimCluster, jobId: string): boolean {
  return !dead && fleet.cluster(cluster.name)?.history.newest(jobId) !== undefined;
}
