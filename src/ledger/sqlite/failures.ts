/** What a ledger throws when its database does. */

import { MedicError, messageOf } from '../../core/errors.ts';

/** For `catch` of what writes: throws MedicError `ledger_write`, or what is a MedicError already. */
export function cannotWrite(error: unknown): never {
  if (error instanceof MedicError) throw error;
  throw new MedicError('ledger_write', `the ledger cannot be written: ${messageOf(error)}`, { cause: error });
}

/** For `catch` of what reads: throws MedicError `ledger_unusable`. */
export function cannotRead(error: unknown): never {
  const advice = 'The file is damaged: move it away, or restore it from a backup.';
  throw new MedicError('ledger_unusable', `the ledger cannot be read: ${messageOf(error)}. ${advice}`, {
    cause: error,
  });
}
