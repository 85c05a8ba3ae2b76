/** What SQLite finds wrong with the pages of a file. Called by `check.ts`, for a large file in a thread, and by `salvage.ts`. */

import type { DatabaseSync } from 'node:sqlite';

/** More would fill the message and help nobody. */
export const MAX_FINDINGS = 3;
/** Of SQLite's report. */
const HEADLINE = '*** in database main ***\n';

/**
 * @param check a PRAGMA that checks the file, or one table
 * @returns undefined when it finds nothing
 */
export function findingsOf(db: DatabaseSync, check: string): string | undefined {
  const report = textsOf(db, `PRAGMA ${check}`).join('\n');
  return report === 'ok' ? undefined : report.replace(HEADLINE, '').split('\n').slice(0, MAX_FINDINGS).join('; ');
}

/** All values of all rows. */
export function textsOf(db: DatabaseSync, query: string): string[] {
  return db
    .prepare(query)
    .all()
    .flatMap((row) => Object.values(row).map(String));
}
