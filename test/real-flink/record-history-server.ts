/**
 * Records what a real HistoryServer answers over the recorded archives, after `record.ts`:
 *
 *     node test/real-flink/record-history-server.ts 1.20.3 2.3.0
 *
 * writes `test/fixtures/flink-<version>/history-server/`. What it says of a single job is what its archive says.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archiveFiles } from './archives.ts';
import { startHistoryServer } from './history-server.ts';
import { findFlink, installFlink } from './home.ts';
import { until } from './until.ts';

/** Paths by file name. */
const DOCUMENTS = {
  config: '/config',
  'jobs-overview': '/jobs/overview',
  'unknown-job': `/jobs/${'f'.repeat(32)}`,
  overview: '/overview',
};

for (const version of process.argv.slice(2)) {
  const flink = findFlink(version);
  if (flink === undefined) throw new Error(`No Flink ${version} or no JDK here. ${installFlink(version)}`);
  const folder = join(import.meta.dirname, '..', 'fixtures', `flink-${version}`);
  const archives = join(folder, 'archives');
  const history = await startHistoryServer(flink, [archives]);
  try {
    const jobs = archiveFiles(archives).filter((path) => basename(path) !== 'application-summary');
    for (const path of jobs) await until(`list with ${path}`, async () => history.rest.stateOf(basename(path)));
    mkdirSync(join(folder, 'history-server'), { recursive: true });
    for (const [name, path] of Object.entries(DOCUMENTS)) {
      const response = await fetch(`${history.url}${path}`);
      const answer = { status: response.status, body: await response.json() };
      writeFileSync(join(folder, 'history-server', `${name}.json`), `${JSON.stringify(answer, undefined, 2)}\n`);
    }
  } finally {
    await history.stop();
  }
}
