/** Takes files that are gone out of the index of archives. */

import type { ArchiveFile } from '../ledger.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function deleteArchiveFiles(
  db: LedgerDatabase,
  files: readonly Pick<ArchiveFile, 'folder' | 'path'>[],
): Promise<void> {
  for (const batch of batches(files)) {
    await db
      .deleteFrom('archive_files')
      .where((eb) => eb.or(batch.map(({ folder, path }) => eb.and({ folder, path }))))
      .execute();
  }
}
