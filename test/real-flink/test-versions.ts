/**
 * `npm run test:flink -- --flink all|MINOR|RELEASE … [FILTER…]` runs the tests of the whole program on real clusters with
 * Flink versions other than those of `.ci/run`, one after the other, and fetches the distributions that are missing. Called
 * by people.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { fetchFlink } from './fetch-flink.ts';
import { RELEASES, releasesOf, VERSIONS_VARIABLE } from './versions.ts';

const USAGE = `Usage: npm run test:flink -- --flink all|${Object.keys(RELEASES).join('|')}|RELEASE [--flink …] [FILTER…]`;

/** What differs between versions: answers, archives, configuration files, submission. The rest of the folder tests ours. */
const SCENARIOS = ['states', 'lost-jobmanager', 'application-mode', 'high-availability', 'restarts'].map(
  (name) => `real-flink/${name}.test`,
);

try {
  const { values, positionals } = parseArgs({
    options: { flink: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const releases = releasesOf(values.flink ?? []);
  if (releases.length === 0) throw new Error('Which version?');
  const filters = positionals.length > 0 ? positionals : SCENARIOS;
  const results: string[] = [];
  for (const release of releases) {
    await fetchFlink(release);
    const started = performance.now();
    const passed = await test(release, filters);
    const seconds = Math.round((performance.now() - started) / 1000);
    results.push(`Flink ${release}: ${passed ? 'passed' : 'FAILED'}, ${String(seconds)} s`);
    if (!passed) process.exitCode = 1;
  }
  console.log(results.join('\n'));
} catch (error) {
  console.error(`test:flink: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}

async function test(release: string, filters: readonly string[]): Promise<boolean> {
  const env = { ...process.env, [VERSIONS_VARIABLE]: release, FLINK_MEDIC_REQUIRE_REAL: '1' };
  const vitest = spawn('vitest', ['run', '--project=heavy', ...filters], { stdio: 'inherit', env });
  await once(vitest, 'close');
  return vitest.exitCode === 0;
}
