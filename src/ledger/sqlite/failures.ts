/** What a ledger throws when its database does, and how the kinds of failures are told apart. */

import { MedicError, messageOf } from '../../core/errors.ts';

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;

/** What to do about a ledger that is damaged, and what it costs. */
export const DAMAGE_ADVICE =
  'Restore a backup, or start once with --ledger.rebuild: it puts the file aside, carries over what can be read, and takes ' +
  'the rest from archives and JobManagers. Counters may then begin again, and no run that ended before is restarted by itself.';

/** Whether the file itself is wrong, and not the disk, permissions or another process. */
export function isDamage(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(resultCode(error));
}

/** Whether another connection has the database locked. */
export function isLocked(error: unknown): boolean {
  return resultCode(error) === SQLITE_BUSY;
}

/** Whether a row does not fit its table. */
export function isRefusedRow(error: unknown): boolean {
  return resultCode(error) === SQLITE_CONSTRAINT;
}

/** Without what extended codes say more. */
function resultCode(error: unknown): number {
  return ((error as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff;
}

/** For `catch` of what writes: throws MedicError `ledger_write`, or what is a MedicError already. */
export function cannotWrite(error: unknown): never {
  if (error instanceof MedicError) throw error;
  const advice = isDamage(error) ? `. The file is damaged. ${DAMAGE_ADVICE}` : '';
  throw new MedicError('ledger_write', `the ledger cannot be written: ${messageOf(error)}${advice}`, { cause: error });
}

/** For `catch` of what reads: throws MedicError `ledger_unusable`. */
export function cannotRead(error: unknown): never {
  // A document that is no JSON is damage, too.
  const advice = isDamage(error) || error instanceof SyntaxError ? `. The file is damaged. ${DAMAGE_ADVICE}` : '';
  throw new MedicError('ledger_unusable', `the ledger cannot be read: ${messageOf(error)}${advice}`, { cause: error });
}
