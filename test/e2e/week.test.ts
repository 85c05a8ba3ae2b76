/** A fleet lives under the whole program, and nothing grows but what has to. */

import { expect, it, onTestFinished } from 'vitest';
import { part, SimulatedWeek, WEEK } from '../../bench/support/simulated-week.ts';
import { remainsPerRun, type Sizes, sizesOf } from '../../bench/support/sizes.ts';
import { temporaryFolder } from './support/medic.ts';

/** A twentieth of the fleet, and an hour for what takes a week. */
const SCALE = {
  ...part(WEEK, 1 / 20),
  retentionHours: 1,
  archiveHours: 1,
  failureMinutes: 20,
  passingHours: 1,
};
/** Until what an hour keeps comes and goes at the same pace. */
const WARM_HOURS = 2.5;
const HOURS = 1.5;
/** What stays of a run for ever. */
const BYTES_OF_RUN = 300;

/** Rows that come and go; the others stay, or come seldom and leave after a day. */
const FLAT = ['archive_files', 'events', 'runs', 'notifications', 'settings'];

function flat({ series, rows }: Sizes): Readonly<Record<string, number>> {
  return { series, ...Object.fromEntries(FLAT.map((table) => [table, rows.get(table) ?? 0])) };
}

it('stays as large as it is', { timeout: 180_000 }, async () => {
  const week = await SimulatedWeek.start(SCALE, temporaryFolder());
  onTestFinished(() => week.stop());
  await week.live(WARM_HOURS);
  const [runsBefore, before] = [week.runs, await sizesOf(week.url, week.storagePath)];
  await week.live(HOURS);
  const after = await sizesOf(week.url, week.storagePath);

  expect(week.runs - runsBefore, 'runs that began meanwhile').toBeGreaterThan(HOURS * 60);
  expect(week.repairs).toBeGreaterThan(HOURS);
  expect(after.rows.get('tombstones'), 'runs that left').toBeGreaterThan(before.rows.get('tombstones') ?? 0);
  const sizes = flat(after);
  const grown = Object.entries(flat(before)).filter(([what, size]) => Number(sizes[what]) > size * 1.05 + 10);
  expect(grown, 'what was so large, and grew').toEqual([]);
  expect(after.heapBytes - before.heapBytes, 'heap').toBeLessThan(3e6);
  expect(remainsPerRun(after)).toBeLessThan(BYTES_OF_RUN);
  const { concurrent_restarts: _restarts, ...others } = Object.fromEntries(after.bounds);
  expect(Math.max(...Object.values(others)), 'the fullest bound').toBeLessThan(0.5);
});
