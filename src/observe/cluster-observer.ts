/**
 * Observes one cluster: one request for the list of jobs, and what else can have changed since the last time; tells the
 * history of the cluster what was seen. Keeps the cluster's status and what to fetch next, both bounded by the number of
 * listed jobs. Observations never overlap: a call during one shares it. Called by the cluster's loop and by `/probe`.
 */

import pLimit from 'p-limit';
import type { ClusterHistory } from '../core/cluster-history.ts';
import type { ScanEvidence } from '../core/vanished.ts';
import { type ClusterMemory, type ClusterStatus, unseenCluster } from '../core/cluster-status.ts';
import type { Clock } from '../core/clock.ts';
import { type ClockSteps, clockSteps } from '../core/clock-steps.ts';
import { MedicError, messageOf, type ObservationFailure } from '../core/errors.ts';
import type { ClusterOverview, ListedJob } from '../core/facts.ts';
import type { CheckpointEvidence } from '../core/identity.ts';
import type { Moment } from '../core/resolve.ts';
import { isOfEarlierLife, type Run } from '../core/run.ts';
import { isEnded } from '../core/states.ts';
import { clusterFolderOf, isHighlyAvailable, modeOf } from '../flink/cluster-facts.ts';
import { answerById, checkpointEvidence } from './ask-of-job.ts';
import { Availability } from './availability.ts';
import { fetchFacts } from './fetch-facts.ts';
import { FetchPlan } from './fetch-plan.ts';
import type { JobManager } from './job-manager-api.ts';
import { JobManagerClock } from './job-manager-clock.ts';
import { JobManagerSet } from './job-manager-set.ts';

const CLUSTER_FACTS_MS = 60_000;
/** Requests to one cluster at a time, besides the list. */
const CONCURRENT_REQUESTS = 4;
const MAX_LOGGED = 20;
/** An end waits so long for its cause and its last counters, so that both are shown together. */
const CAUSE_MS = 1_000;

const TOO_MANY_JOBS =
  'there are more live jobs than observe.max_jobs lets flink-medic remember: new ones are left out until others have ended';

export interface ObserverLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ClusterObserverOptions {
  readonly cluster: string;
  /** @param onRequest to be called for each request */
  readonly connect: (onRequest: () => void) => readonly JobManager[];
  readonly history: ClusterHistory;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly graceMs: number;
  readonly memory?: ClusterMemory;
  /** Resolves when the next request may be sent that nobody waits for. */
  readonly requestTurn: () => Promise<void>;
  /** Resolves when a list may be gone through. */
  readonly turn: () => Promise<void>;
  /** How many live runs the history may hold. */
  readonly maxLiveRuns: () => number;
  /** Hands the history what the ledger knows of ids and names that it does not; false when the ledger cannot be read. */
  readonly recall: (jobs: readonly ListedJob[]) => Promise<boolean>;
  /** The last scan of each archive folder of the cluster. */
  readonly scans: () => readonly (ScanEvidence | undefined)[];
  /** Stores and shows what changed. */
  readonly remember: () => Promise<void>;
  readonly log: ObserverLog;
}

export class ClusterObserver {
  readonly #options: ClusterObserverOptions;
  readonly #jobManagers: JobManagerSet;
  readonly #steps: ClockSteps;
  #plan: FetchPlan;
  readonly #abort = new AbortController();
  #status: ClusterStatus;
  /** By job id: listed, or known by id although the list left them out. */
  #shown: ReadonlyMap<string, ListedJob> = new Map();
  #address: string | undefined;
  readonly #jobManagerClock: JobManagerClock;
  readonly #availability: Availability;
  #factsReadAt: number | undefined;
  #running: Promise<void> | undefined;
  /** What was warned of since the cluster came up: each is logged once. */
  readonly #logged = new Set<string>();

  constructor(options: ClusterObserverOptions) {
    this.#options = options;
    this.#steps = clockSteps(options.clock);
    this.#plan = new FetchPlan(options.clock.now());
    const jobManagers = options.connect(() => this.#set({ requests: this.#status.requests + 1 }));
    this.#status = unseenCluster(options.cluster, jobManagers.length > 0, options.memory);
    this.#jobManagers = new JobManagerSet(jobManagers, (reason, error) => this.#countFailure(reason, error));
    this.#jobManagerClock = new JobManagerClock(options.clock, this.#status.clockOffsetMs);
    this.#availability = new Availability(this.#jobManagers);
  }

  get status(): ClusterStatus {
    return this.#status;
  }

  /** The present moment in the JobManager's clock, as far as it is known; milliseconds. Setting ours does not move it. */
  jobManagerNow(): number {
    return this.#jobManagerClock.now();
  }

  /** Whether a JobManager still shows this run. */
  holds(run: Run): boolean {
    const job = this.#shown.get(run.jobId);
    return job !== undefined && run.startTimes.includes(job.startTime);
  }

  /** Observes the cluster now. Never rejects for what a JobManager does. */
  observe(): Promise<void> {
    this.#running ??= this.#observe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends a running observation and closes the connections. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.#running?.catch(() => undefined);
    await this.#jobManagers.close();
  }

  async #observe(): Promise<void> {
    const { clock, history, remember, requestTurn, turn } = this.#options;
    await requestTurn();
    const startedAt = clock.now();
    const started = clock.monotonic();
    this.#noticeStep();
    try {
      await this.#availability.learn(this.#abort.signal);
      const listed = await this.#list();
      await turn();
      await this.#resolve(listed);
      history.observed(startedAt, clock.now());
      this.#settle();
      this.#up();
      await this.#fetchFacts(hasEnded, clock.now() + CAUSE_MS);
      await remember();
      await this.#readClusterFacts();
      await this.#fetchFacts(isAny, startedAt + this.#options.intervalMs);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (!(error instanceof MedicError)) throw error;
      this.#down(error, startedAt);
    }
    this.#set({ observationMs: Math.round(clock.monotonic() - started) });
    await remember();
  }

  /** What is due at a time of before would be asked for at once, or for years not at all. */
  #noticeStep(): void {
    const { clock, cluster, log } = this.#options;
    const step = this.#steps();
    if (step === 0) return;
    const seconds = Math.round(step / 1000);
    log.warn({ flink_cluster: cluster, seconds }, 'the clock of this machine was set: everything is asked for anew');
    this.#plan = new FetchPlan(clock.now(), true);
    this.#factsReadAt = undefined;
  }

  #up(): void {
    const { at, jobManagerAt } = this.#moment();
    if (this.#status.up === false) {
      this.#logged.clear();
      this.#options.log.info({ flink_cluster: this.#options.cluster }, 'a JobManager answers again');
    }
    this.#set({ up: true, lastObservedAt: at, lastObservedJobManagerAt: jobManagerAt });
    this.#showAddressProblem();
  }

  #down(error: MedicError, startedAt: number): void {
    const { history, clock } = this.#options;
    const { overview: _gone, ...rest } = this.#status;
    this.#status = { ...rest, up: false, problem: error.message };
    this.#factsReadAt = undefined;
    this.#address = undefined;
    this.#availability.forget();
    history.unreachable(this.#moment());
    history.observed(startedAt, clock.now());
  }

  /** The list of one JobManager, with the clock offset that it shows. */
  async #list(): Promise<readonly ListedJob[]> {
    const { clock } = this.#options;
    let askedAt = clock.monotonic();
    const { value, address } = await this.#jobManagers.askAny((api) => {
      askedAt = clock.monotonic();
      return api.jobsOverview(this.#abort.signal);
    }, this.#abort.signal);
    for (const misfit of value.misfits) this.#jobManagers.countFailure(misfit);
    const clockOffsetMs = this.#jobManagerClock.measure(value.jobs, askedAt);
    if (clockOffsetMs !== undefined) this.#set({ clockOffsetMs });
    if (address !== this.#address) this.#factsReadAt = undefined;
    this.#address = address;
    return value.jobs;
  }

  async #resolve(all: readonly ListedJob[]): Promise<void> {
    const { history, recall } = this.#options;
    const listed = all.filter(({ jobId }) => history.isReadable(jobId));
    const limit = pLimit(CONCURRENT_REQUESTS);
    const undecided = history.undecided(listed);
    const evidence = new Map<string, CheckpointEvidence>();
    await Promise.all(
      undecided.map((jobId) =>
        limit(async () => evidence.set(jobId, await checkpointEvidence(this.#jobManagers, jobId, this.#abort.signal))),
      ),
    );
    // Last, because what is recalled is forgotten again by and by, and a JobManager may be slow.
    const isRecalled = await recall(listed);
    // A run that left the ledger must not come back as a new one, so without the ledger only known ids count.
    const jobs = isRecalled ? this.#withinRoom(listed) : listed.filter((job) => this.#isKnown(job));
    history.listed(jobs, evidence, this.#moment());
    const found = await Promise.all(history.missing(all).map((run) => limit(() => this.#askById(run))));
    const shown = [...jobs, ...found.flatMap((job) => job ?? [])];
    this.#shown = new Map(shown.map((job) => [job.jobId, job]));
    const known = shown.flatMap((job) => {
      const run = history.generations(job.jobId).find(({ startTimes }) => startTimes.includes(job.startTime));
      return run === undefined || isOfEarlierLife(run, job.startTime) ? [] : [{ run, job }];
    });
    const source = { address: this.#address ?? '', clockOffsetMs: this.#status.clockOffsetMs ?? 0 };
    this.#plan.update(known, this.#options.clock.now(), source);
  }

  #isKnown({ jobId }: ListedJob): boolean {
    return this.#options.history.generations(jobId).length > 0;
  }

  /** What is new and alive beyond the limit waits until others have ended: a JobManager may invent jobs at every poll. */
  #withinRoom(listed: readonly ListedJob[]): readonly ListedJob[] {
    let room = this.#options.maxLiveRuns() - this.#options.history.liveRuns;
    const taken = listed.filter((job) => this.#isKnown(job) || isEnded(job.state) || room-- > 0);
    this.#set({ jobsNotTaken: listed.length - taken.length });
    if (taken.length < listed.length) this.#warnOnce({}, TOO_MANY_JOBS);
    return taken;
  }

  /**
   * A job can be missing from the list although it runs: the Dispatcher drops what does not answer in time.
   *
   * @returns what the list would have said of it
   */
  async #askById(run: Run): Promise<ListedJob | undefined> {
    const { signal } = this.#abort;
    const answer = await answerById(this.#jobManagers, run.jobId, signal);
    const isNew = typeof answer === 'object' && !run.startTimes.includes(answer.startTime);
    const evidence = isNew ? await checkpointEvidence(this.#jobManagers, run.jobId, signal) : 'unavailable';
    this.#options.history.answered(run, answer, evidence, this.#moment());
    return typeof answer === 'object' ? answer : undefined;
  }

  #settle(): void {
    const { history, scans, graceMs, clock } = this.#options;
    history.settle(scans(), graceMs, clock.now());
  }

  async #readClusterFacts(): Promise<void> {
    const { clock } = this.#options;
    const isNew = this.#factsReadAt === undefined;
    if (!isNew && clock.now() - (this.#factsReadAt ?? 0) < CLUSTER_FACTS_MS) return;
    try {
      const { version, commit } = await this.#readOverview();
      if (isNew || version !== this.#status.version) await this.#readConfiguration(version);
      this.#set({ version, commit });
      this.#factsReadAt = clock.now();
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
    }
  }

  /** Figures that cannot be read now are not shown as they once were. */
  async #readOverview(): Promise<ClusterOverview> {
    const { signal } = this.#abort;
    try {
      const overview = await this.#jobManagers.ask((api) => api.overview(signal), signal);
      this.#set({ overview });
      return overview;
    } catch (error) {
      const { overview: _old, ...rest } = this.#status;
      this.#status = rest;
      throw error;
    }
  }

  async #readConfiguration(version: string): Promise<void> {
    const { signal } = this.#abort;
    const { webSubmit } = await this.#jobManagers.ask((api) => api.dashboardConfig(signal), signal);
    const config = await this.#jobManagers.ask((api) => api.jobManagerConfig(signal), signal);
    const mode = modeOf(webSubmit, config);
    const clusterFolder = clusterFolderOf(version, mode, config);
    const archiveDirectory = config.get('jobmanager.archive.fs.dir');
    const { clusterFolder: _f, archiveDirectory: _d, ...rest } = this.#status;
    this.#status = {
      ...rest,
      mode,
      ...(clusterFolder === undefined ? {} : { clusterFolder }),
      ...(archiveDirectory === undefined ? {} : { archiveDirectory }),
    };
    this.#availability.is(isHighlyAvailable(config));
    this.#showAddressProblem();
  }

  /** In the place of why it was not up: while it is not, nobody can tell its configuration. */
  #showAddressProblem(): void {
    const { problem } = this.#availability;
    const { problem: _solved, ...rest } = this.#status;
    this.#status = problem === undefined ? rest : { ...rest, problem };
    if (problem !== undefined) this.#warnOnce({}, problem);
  }

  async #fetchFacts(ofRuns: (run: Run) => boolean, until: number): Promise<void> {
    const { history, clock, requestTurn } = this.#options;
    await fetchFacts({
      shown: [...this.#shown.values()],
      ofRuns,
      history,
      plan: this.#plan,
      ask: (ask) => this.#jobManagers.ask((api) => ask(api, this.#abort.signal), this.#abort.signal),
      concurrency: CONCURRENT_REQUESTS,
      requestTurn,
      clock,
      until,
    });
  }

  #moment(): Moment {
    return { at: this.#options.clock.now(), jobManagerAt: this.jobManagerNow() };
  }

  #countFailure(reason: ObservationFailure, error: unknown): void {
    const { failures } = this.#status;
    this.#set({ failures: { ...failures, [reason]: failures[reason] + 1 } });
    this.#warnOnce({ reason }, messageOf(error));
  }

  #warnOnce(fields: object, message: string): void {
    if (this.#logged.has(message) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(message);
    this.#options.log.warn({ flink_cluster: this.#options.cluster, ...fields }, message);
  }

  #set(change: Partial<ClusterStatus>): void {
    this.#status = { ...this.#status, ...change };
  }
}

const hasEnded = (run: Run): boolean => run.final !== undefined;
const isAny = (): boolean => true;
