/**
 * A day in which one request in ten fails: in the end flink-medic knows of every job what it knows when none does. An hour
 * and a half of it; more, or another one, by hand:
 *
 *     FAULTY_DAY_HOURS=24 FAULTY_DAY_SEED=7 npx vitest run test/e2e/faulty-day.test.ts
 */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { total } from '../../src/core/epoch-counter.ts';
import { restartsOf } from '../../src/core/run-facts.ts';
import type { Run } from '../../src/core/run.ts';
import { awake } from '../../src/core/sleeping-run.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';
import { FaultyDay } from './support/faulty-day.ts';

const HOURS = Number(process.env['FAULTY_DAY_HOURS'] ?? 1.5);
const SEED = Number(process.env['FAULTY_DAY_SEED'] ?? 20261121);
const FAILING = 0.1;
/** Real time, for an hour of two days. */
const MS_PER_HOUR = 60_000;

/** What is known of every run in the end, in an order of its own. */
async function known(storagePath: string) {
  const ledger = await openSqliteLedger(join(storagePath, 'flink-medic.db'));
  const { runs: loaded, names } = await ledger.load();
  // What sleeps is read from the ledger.
  const runs = loaded.map(awake);
  await ledger.close();
  return {
    runs: runs
      .filter(({ cluster }) => cluster !== 'repaired')
      .map(describe)
      .toSorted(),
    // Their ids are new in each story.
    repaired: runs
      .filter(({ cluster }) => cluster === 'repaired')
      .map(({ name, state }) => `${name} ${state}`)
      .toSorted(),
    names: names.map((name) => JSON.stringify(name)).toSorted(),
  };
}

function describe(run: Run): string {
  const { cluster, jobId, generation, name, state, jobType, failovers, checkpoints, checkpointConfig, lastFailure } =
    run;
  const facts = {
    ...{ state, jobType, restarts: restartsOf(run), failovers, interval: checkpointConfig?.intervalMs },
    ...{ completed: checkpoints && total(checkpoints.completed), last: checkpoints?.lastCompleted?.id },
    ...{ failure: lastFailure?.exception, failedAt: lastFailure?.timestamp },
  };
  return `${cluster} ${name} ${jobId}/${String(generation)} ${JSON.stringify(facts)}`;
}

it(`knows the same of ${String(HOURS)} h with failing requests`, {
  timeout: 60_000 + HOURS * MS_PER_HOUR,
}, async () => {
  console.log(`seed ${SEED}, ${HOURS} h`);
  const without = await FaultyDay.live({ seed: SEED, hours: HOURS, failing: 0 });
  const expected = await known(without.storagePath);
  const { day, storagePath } = await FaultyDay.live({ seed: SEED, hours: HOURS, failing: FAILING });
  const { failed, requests } = day.requests;
  console.log(`${failed} of ${requests} requests failed; ${expected.runs.length} runs, ${day.repairs} repairs`);
  expect(await known(storagePath)).toEqual(expected);
  expect(day.repairs).toBe(without.day.repairs);
  expect([without.day.copies, day.copies]).toEqual([1, 1]);
  expect(failed / requests).toBeGreaterThan(FAILING / 2);
});
