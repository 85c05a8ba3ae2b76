/** What pages and the API are shown, and what it costs to find it. */

import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { knowledgeOf, type KnowledgeOptions } from '../../src/app/knowledge.ts';
import { ClusterHistory } from '../../src/core/cluster-history.ts';
import type { Run } from '../../src/core/run.ts';
import { Turns } from '../../src/app/turns.ts';
import { endedRun, HOUR, NOW, runOf } from '../http/pages/fixtures.ts';

const id = (number: number): string => String(number).padStart(32, '0');

/** Counts how often it is asked for all runs of a name, which is work for each of them. */
class CountingHistory extends ClusterHistory {
  asked = 0;

  override runsOf(name: string): ReadonlySet<Run> {
    this.asked += 1;
    return super.runsOf(name);
  }
}

function knowledgeOfRuns(
  runs: readonly Run[],
  endedRunsPerJob: number,
  turns: Pick<Turns, 'next' | 'divide'> = new Turns(() => 0),
) {
  const history = new CountingHistory('prod', { runs, names: [] });
  const unit = { name: 'prod', history, jobManagerNow: () => NOW };
  const options = {
    units: () => [unit],
    retention: () => ({ endedRunsMs: 24 * HOUR, endedRunsPerJob, supersededSeriesMs: HOUR }),
    turns,
    memory: history,
  } as unknown as KnowledgeOptions;
  return { knowledge: knowledgeOf(options), history };
}

/** Each ends before the next one starts. */
const ended = Array.from({ length: 50 }, (_, index) =>
  endedRun('FAILED', { jobId: id(index), startTimes: [NOW - (index + 1) * 60_000] }, NOW - index * 60_000 - 1),
);

it('looks at the runs of a name once, however many it shows', async () => {
  const { knowledge, history } = knowledgeOfRuns([runOf({ jobId: id(99), name: 'other' }), ...ended], 40);
  const { found: shown, of } = await knowledge.runs();
  expect(of).toBe(41);
  expect(shown).toHaveLength(41);
  expect(shown.map(({ superseded }) => superseded)).toEqual([false, false, ...Array<boolean>(39).fill(true)]);
  // Once for each name, and once more where runs have ended.
  expect(history.asked).toBe(3);
});

it('shows live runs first, then the youngest ends, and of each job as many as are kept', async () => {
  const old = endedRun('FAILED', { jobId: id(98) }, NOW - 25 * HOUR);
  const live = runOf({ jobId: id(99), startTimes: [NOW - 48 * HOUR] });
  const { knowledge } = knowledgeOfRuns([old, ...ended.toReversed(), live], 2);
  expect((await knowledge.runs()).found.map(({ run }) => run.jobId)).toEqual([id(99), id(0), id(1)]);
});

it('orders by what it is told, and else by importance; each run is asked once', async () => {
  const asked: string[] = [];
  const { knowledge } = knowledgeOfRuns([runOf({ jobId: id(99) }), ...ended.slice(0, 4)], 4);
  const of = (known: { readonly run: Run }): number => {
    asked.push(known.run.jobId);
    return Number(known.run.jobId) % 3;
  };
  const shown = async (descending: boolean): Promise<number[]> =>
    (await knowledge.runs(undefined, { of, descending })).found.map(({ run }) => Number(run.jobId));
  expect(await shown(false)).toEqual([99, 0, 3, 1, 2]);
  expect(asked.toSorted()).toEqual([0, 1, 2, 3, 99].map(id));
  expect(await shown(true)).toEqual([2, 1, 99, 0, 3]);
});

function unreadable(): never {
  throw new Error('it sleeps in the ledger');
}

it('leaves out what left while it was gone through, and says so of it; what cannot be read is a failure', async () => {
  const { knowledge, history } = knowledgeOfRuns(ended.slice(0, 3), 3);
  const leaves = id(1);
  const of = ({ run }: { readonly run: Run }): number => {
    if (run.jobId !== leaves) return Number(run.jobId);
    history.prune(({ jobId }) => jobId === leaves);
    return unreadable();
  };
  const { found } = await knowledge.runs(undefined, { of, descending: true });
  expect(found.map(({ run }) => run.jobId)).toEqual([id(2), id(0)]);

  const [known] = found;
  if (known === undefined) throw new Error('nothing was found');
  expect(() => knowledge.unlessGone(known, unreadable)).toThrow('it sleeps');
  history.prune(() => true);
  expect(knowledge.unlessGone(known, unreadable)).toBeUndefined();
  expect(
    knowledge.unlessGone(known, ({ run }) => run.jobId),
    'it is in memory',
  ).toBe(id(2));
});

it('makes few lists at a time, and each in the end', async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  const turns = { next: () => goOn, divide: () => ((begun += 1), () => goOn) };
  const { knowledge } = knowledgeOfRuns(ended, 50, turns);
  const lists = Promise.all(Array.from({ length: 20 }, () => knowledge.runs()));
  await setImmediate();
  expect(begun).toBe(4);
  resolve();
  expect((await lists).map(({ found }) => found.length)).toEqual(Array<number>(20).fill(50));
});
