/**
 * `npm run flink:get -- VERSION [VERSION…]` brings whole Flink distributions into the user's cache folder. Called by
 * people, by `.ci/run` and by the demo.
 */

import { fetchFlink } from './fetch-flink.ts';

const versions = process.argv.slice(2);
const wrong = versions.find((version) => !/^\d+\.\d+\.\d+$/.test(version));
if (versions.length === 0 || wrong !== undefined) {
  console.error(
    wrong === undefined ? 'Which version?' : `"${wrong}" is no Flink version, which look like 1.20.3 or 2.3.0.`,
  );
  console.error('Usage: npm run flink:get -- VERSION [VERSION…]');
  process.exitCode = 2;
} else {
  try {
    for (const version of versions) await fetchFlink(version);
  } catch (error) {
    console.error(`flink:get: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
