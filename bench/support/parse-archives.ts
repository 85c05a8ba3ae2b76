/**
 * The simplest program that learns the same from a folder of archives: one `JSON.parse` a file, and one for each wanted
 * document. No ledger, no metrics. Prints the milliseconds from the first look at the folder; a process of its own.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly path: string;
  readonly json: string;
}

const [folder = '.'] = process.argv.slice(2);
const startedAt = performance.now();
const outcomes = readdirSync(folder).map((jobId) => {
  const { archive } = JSON.parse(readFileSync(join(folder, jobId), 'utf8')) as { archive: Entry[] };
  const job = `/jobs/${jobId}`;
  const wanted = new Set([
    '/jobs/overview',
    job,
    `${job}/checkpoints`,
    `${job}/checkpoints/config`,
    `${job}/exceptions`,
  ]);
  const documents = archive.filter(({ path }) => wanted.has(path));
  return documents.map(({ json }) => JSON.parse(json) as unknown).length;
});
if (outcomes.some((documents) => documents !== 5)) throw new Error('an archive lacks what is wanted');
console.log(performance.now() - startedAt);
