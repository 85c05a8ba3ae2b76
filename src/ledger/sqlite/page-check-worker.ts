/** A thread that checks the pages of a ledger and ends; started by `page-check.ts`. */

import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { isDamage } from './failures.ts';
import { findingsOf } from './findings.ts';
import type { PageCheck } from './page-check.ts';

const { file, check } = workerData as PageCheck;

function findings(): string | undefined {
  using db = new DatabaseSync(file, { readOnly: true });
  try {
    return findingsOf(db, check);
  } catch (error) {
    // Told apart by a code that would not pass to the main thread.
    if (isDamage(error)) return messageOf(error);
    throw error;
  }
}

parentPort?.postMessage(findings(), []);
