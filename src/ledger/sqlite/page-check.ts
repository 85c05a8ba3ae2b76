/**
 * Checks the pages of a large ledger in a thread, while the main thread loads the rest of the program. The thread ends with
 * its answer. Called by `check.ts`.
 */

import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface PageCheck {
  readonly file: string;
  /** For `findingsOf`. */
  readonly check: string;
}

/** Beside this file, as source or as built. */
const PROGRAM = new URL(`page-check-worker${extname(import.meta.filename)}`, import.meta.url);

/** @returns as `findingsOf`, or why the file could not be read to its end. @throws what ends the thread */
export async function findingsInThread(request: PageCheck): Promise<string | undefined> {
  const worker = new Worker(PROGRAM, { workerData: request });
  const ended = once(worker, 'exit').then(() => Promise.reject(new Error(`the check of ${request.file} ended early`)));
  const [findings] = (await Promise.race([once(worker, 'message'), ended])) as [string | undefined];
  return findings;
}
