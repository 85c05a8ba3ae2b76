/** Makes the composition root. What takes as long as loading all of it, the start of a thread, comes first; `serve` calls it. */

import { FolderThreads } from '../archive/folder-threads.ts';
import type { Medic } from './medic.ts';
import type { MedicOptions } from './options.ts';

export async function loadMedic(options: Omit<MedicOptions, 'archiveFolders'>): Promise<Medic> {
  const archiveFolders = new FolderThreads(options.timers);
  const { Medic: Root } = await import('./medic.ts');
  return new Root({ ...options, archiveFolders });
}
