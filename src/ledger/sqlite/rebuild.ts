/**
 * Makes a damaged ledger anew: a new file gets what `salvage.ts` can carry over, the old one is put aside and never
 * deleted. The new file under its last but one name is the decision: whenever the process is killed, the next start
 * finishes, so that neither half of it is ever taken for a ledger. Called by `open.ts`, under its lock.
 */

import { existsSync, renameSync, statSync, utimesSync } from 'node:fs';
import { MedicError } from '../../core/errors.ts';
import { createDatabase, syncFolder } from './database.ts';
import { salvage, type Salvaged } from './salvage.ts';

/** Everything that belongs to a database, by the end of its name. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * @param damage what is wrong with the file
 * @param at our clock
 * @returns what was done, for the log
 */
export async function rebuild(file: string, damage: string, at: number): Promise<string> {
  let salvaged: Salvaged | undefined;
  const decided = decidedName(file);
  await createDatabase(decided, (db) => {
    salvaged = salvage(file, db, at);
  });
  utimesSync(decided, at / 1000, at / 1000);
  const aside = finishRebuild(file);
  return (
    `the ledger ${file} was damaged (${damage}) and is made anew; the old file is ${String(aside)}. ` +
    `Carried over: ${listed(salvaged?.carried)}. Lost: ${listed(salvaged?.lost)}; ` +
    'archives and JobManagers bring back what they still know, and counters that were lost begin again. ' +
    `No run that ended before ${new Date(at).toISOString()} is restarted by itself.`
  );
}

/**
 * Puts the old file aside and the new one in its place, when that was decided.
 *
 * @returns where the old one is
 */
export function finishRebuild(file: string): string | undefined {
  const decided = decidedName(file);
  if (!existsSync(decided)) return undefined;
  // The same name when it was begun by a process that was killed.
  const stamp = new Date(Math.round(statSync(decided).mtimeMs)).toISOString().replaceAll(/[-:]/g, '');
  const aside = `${file}.damaged-${stamp}`;
  for (const suffix of SUFFIXES) {
    if (!existsSync(file + suffix)) continue;
    if (existsSync(aside + suffix)) {
      throw new MedicError('ledger_unusable', `${aside}${suffix} is there already: move it away, and start again`);
    }
    renameSync(file + suffix, aside + suffix);
  }
  syncFolder(file);
  renameSync(decided, file);
  syncFolder(file);
  return aside;
}

function decidedName(file: string): string {
  return `${file}.rebuilt`;
}

function listed(what: readonly string[] = []): string {
  return what.length === 0 ? 'nothing' : what.join(', ');
}
