/** flink-medic before a simulated cluster: does its part of a story, and says what must hold of its history. */

import { awake } from '../../../src/core/sleeping-run.ts';
import assert from 'node:assert/strict';
import { total } from '../../../src/core/epoch-counter.ts';
import { supersededAmong } from '../../../src/core/exposure.ts';
import { isSettled, keyOf, lastStartOf, type Run } from '../../../src/core/run.ts';
import { restartsOf, withCheckpoints, withRestarts } from '../../../src/core/run-facts.ts';
import { ENDED_STATUSES, isEnded } from '../../../src/core/states.ts';
import type { Life, SimulatedFlink } from './simulated-flink.ts';
import { IDS, NAMES, type Step } from './story.ts';
import { Watch } from './watch.ts';

export class Scene {
  readonly flink: SimulatedFlink;
  readonly watch = new Watch();
  /** True runs whose end a source has told. */
  readonly told = new Set<Life>();
  /** Files that were read, and those among them that the history took. */
  readonly #read = new Set<number>();
  readonly #taken = new Set<number>();
  readonly #before = new Map<string, Run>();
  readonly #counted = new Map<string, number>();
  readonly #settled = new Set<string>();

  constructor(flink: SimulatedFlink) {
    this.flink = flink;
  }

  do(step: Step): void {
    const { flink, watch } = this;
    if (step.kind === 'observe') this.observe(step);
    else if (step.kind === 'read') this.read(step.index % Math.max(1, flink.files.length));
    else if (step.kind === 'settle') watch.settle(flink.now, { complete: step.complete && this.unread().length === 0 });
    else if (step.kind === 'reread') for (const index of flink.files.keys()) this.read(index, true);
    else if (step.kind === 'prune') this.#prune();
  }

  observe({
    omitted = [],
    unanswered = [],
    facts = true,
  }: {
    omitted?: string[];
    unanswered?: string[];
    facts?: boolean;
  } = {}): void {
    const { flink, watch } = this;
    if (!flink.up) return watch.unreachable(flink.now);
    const known = flink.list();
    const jobs = known.filter((job) => isEnded(job.state) || !omitted.includes(job.jobId));
    // A JobMaster that does not answer is one that is there: what has ended is kept by the Dispatcher.
    const silent = unanswered.filter((id) => !known.some((job) => job.jobId === id && isEnded(job.state)));
    const answering = IDS.filter((id) => !silent.includes(id));
    const byId = Object.fromEntries([
      ...known.filter(({ jobId: id }) => answering.includes(id)).map((job) => [job.jobId, job]),
      ...silent.map((id) => [id, 'unanswered']),
    ]);
    watch.observe(flink.now, jobs, {
      byId,
      checkpoints: Object.fromEntries(answering.map((id) => [id, flink.checkpoints(id)])),
    });
    for (const life of flink.lives) {
      const [job] = jobs.filter((other) => other.jobId === life.jobId && other.startTime === life.starts.at(-1));
      if (job?.endTime !== undefined) this.told.add(life);
    }
    if (facts) for (const id of answering) this.#learn(id);
  }

  /** The archive loop reads a file that no history has taken yet, or reads it again. */
  read(index: number, again = false): void {
    const file = this.flink.files[index];
    if (file === undefined || (this.#taken.has(index) && !again)) return;
    if (this.watch.archive(this.flink.now, file.outcome, file.path) === 'taken') this.#taken.add(index);
    this.#read.add(index);
    this.told.add(file.life);
  }

  /** Files of which no run has been told. */
  unread(): number[] {
    for (const run of this.watch.runs()) {
      const index = this.flink.files.findIndex(({ path }) => path === run.archive);
      if (index >= 0) this.#taken.add(index);
    }
    return [...this.flink.files.keys()].filter((index) => !this.#taken.has(index));
  }

  /** flink-medic starts again: what waited is offered again. */
  sleep(): void {
    this.watch.sleep();
  }

  restart(): void {
    this.watch.restart();
    for (const index of this.unread()) if (this.#read.has(index)) this.read(index);
  }

  /** Everything that can be known is told. */
  finish(): void {
    const { flink } = this;
    for (const act of [() => flink.boot(), () => flink.recover(), () => flink.writeArchives()]) {
      flink.now += 400_000;
      act();
    }
    for (let round = 0; round < 3; round += 1) {
      flink.now += 400_000;
      for (const index of this.unread()) this.read(index);
      this.observe();
    }
  }

  /** Each source reports once, in the order of the given numbers. */
  hear(order: readonly number[]): void {
    const reports = [() => this.observe(), ...this.unread().map((index) => () => this.read(index))];
    const ranked = reports.map((report, i) => ({ report, rank: order[i] ?? 0 }));
    for (const { report } of ranked.toSorted((a, b) => a.rank - b.rank)) report();
  }

  /** Everything that is known. */
  state(): unknown {
    const { history } = this.watch;
    const runs = this.watch.runs().toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return {
      runs: runs.map(awake),
      recoveries: history.recoveries,
      ended: runs.map(({ name }) => history.counters(name)),
    };
  }

  /** How runs ended, without what depends on who was asked first. */
  outcome(): unknown {
    return {
      runs: this.watch.runs().length,
      ends: this.watch
        .runs()
        .flatMap((run) =>
          isSettled(run) ? [`${run.jobId} ${String(run.final?.status)} ${String(run.final?.endTime)}`] : [],
        )
        .toSorted(),
      ended: NAMES.map((name) => this.watch.ended(name)),
    };
  }

  /** What must hold at every moment. */
  check(): void {
    const { watch, flink } = this;
    const runs = watch.runs();
    assert.equal(new Set(runs.map(keyOf)).size, runs.length, 'one value of a run');
    for (const run of runs) this.#checkRun(run);
    for (const name of NAMES) this.#checkName(name);
    for (const id of IDS) {
      const live = watch.history.generations(id).filter(({ final }) => final === undefined);
      assert.ok(live.length <= 1, 'one run of an id at a time');
      const starts = watch.history.generations(id).map(lastStartOf);
      assert.deepEqual(
        starts,
        starts.toSorted((a, b) => a - b),
        'generations in the order of their starts',
      );
    }
    for (const life of flink.alive()) {
      const shown = this.#shown(life);
      assert.deepEqual(shown.filter(isSettled), [], 'what is alive has not ended');
    }
    assert.deepEqual(watch.history.takeForeign(), [], 'all archives are of this cluster');
  }

  /** What must hold once everything was told. */
  checkEnds(): void {
    for (const name of NAMES) {
      const ends = [...this.told].filter((life) => life.name === name).map((life) => life.end?.status);
      const expected = Object.fromEntries(
        ENDED_STATUSES.map((status) => [status, ends.filter((end) => end === status).length]).filter(
          ([, count]) => count !== 0,
        ),
      );
      assert.deepEqual(this.watch.ended(name), expected, 'every end that was told is counted once');
    }
    for (const life of this.flink.alive()) {
      const states = this.#shown(life).map(({ state }) => state);
      assert.deepEqual(states, ['RUNNING'], 'what runs is shown once, as running');
    }
  }

  /** The runs that a true run is taken for. */
  #shown(life: Life): Run[] {
    return this.watch.history
      .generations(life.jobId)
      .filter(({ startTimes }) => startTimes.includes(life.starts.at(-1) ?? 0));
  }

  #checkRun(run: Run): void {
    const before = this.#before.get(keyOf(run));
    if (run.state === 'UNKNOWN') assert.equal(run.final, undefined, 'UNKNOWN is never final');
    assert.equal(run.final?.status ?? run.state, run.state, 'an ended run is in its final state');
    assert.equal(supersededAmong([run])(run), false, 'nothing supersedes itself');
    if (run.final === undefined)
      assert.equal(supersededAmong(this.watch.history.runsOf(run.name))(run), false, 'what is alive is not superseded');
    if (before !== undefined) {
      if (isSettled(before)) assert.deepEqual(run.final, before.final, 'a final status never changes');
      for (const [count, was] of numbers(run).map((n, i) => [n, numbers(before)[i] ?? 0] as const)) {
        assert.ok(count >= was, 'counters never fall');
      }
    }
    if (isSettled(run)) this.#settled.add(`${run.name} ${keyOf(run)}`);
    this.#before.set(keyOf(run), run);
  }

  #checkName(name: string): void {
    const { ended, vanished } = this.watch.history.counters(name);
    // A name that left memory is read as 0 here; the ledger gives its counters back before they are used.
    if (![...this.watch.history.names()].some((counters) => counters.name === name)) return;
    const counts = { ...ended, vanished };
    for (const [kind, count] of Object.entries(counts)) {
      assert.ok(count >= (this.#counted.get(`${name} ${kind}`) ?? 0), 'counters never fall');
      this.#counted.set(`${name} ${kind}`, count);
    }
    const settled = [...this.#settled].filter((key) => key.startsWith(`${name} `)).length;
    assert.equal(ended.FINISHED + ended.FAILED + ended.CANCELED, settled, 'each run is counted as ended once');
  }

  #learn(id: string): void {
    const { watch, flink } = this;
    const numbersOf = flink.checkpoints(id);
    const start = flink.list().find((job) => job.jobId === id)?.startTime;
    const run = watch.history.generations(id).find(({ startTimes }) => startTimes.at(-1) === start);
    if (run === undefined || typeof numbersOf !== 'object') return;
    watch.history.learn(run, (known) => withRestarts(withCheckpoints(known, numbersOf, false), numbersOf.completed, 0));
  }

  /** Ended runs leave that no JobManager lists. */
  #prune(): void {
    const held = this.flink.list();
    this.watch.history.prune((run) => !held.some((job) => run.startTimes.includes(job.startTime)));
    this.watch.drain();
  }
}

function numbers(run: Run): number[] {
  const { completed, failed } = run.checkpoints ?? {};
  return [
    run.failovers,
    restartsOf(run) ?? 0,
    completed === undefined ? 0 : total(completed),
    failed === undefined ? 0 : total(failed),
  ];
}
