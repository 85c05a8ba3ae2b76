/**
 * Looks whether snapshots are there, where they lie on a file system of this machine. Keeps nothing but how many looks
 * hang; reads names, sizes and times, never what is in a snapshot. The restore evidence calls it, once a decision.
 */

import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Timers } from '../core/clock.ts';

/** `unverifiable`: it may be there, but cannot be seen from here. */
export type Existence = 'present' | 'missing' | 'unverifiable';

/** A complete checkpoint in the same folder as another. */
export interface Sibling {
  readonly id: number;
  /** In the form of the path that was asked for. */
  readonly path: string;
  /** Milliseconds, the clock of the file system. */
  readonly writtenAt: number;
}

export interface SnapshotStorage {
  /** @param path as Flink writes it: a folder with `_metadata`, or that file */
  exists(path: string): Promise<Existence>;
  /** All complete `chk-N` beside this one and itself; of more than a hundred those with the highest numbers. */
  siblings(path: string): Promise<readonly Sibling[] | 'unverifiable'>;
}

const TIMEOUT_MS = 5_000;
const MAX_SIBLINGS = 100;

export class LocalSnapshotStorage implements SnapshotStorage {
  readonly #timers: Timers;
  #hanging = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  exists(path: string): Promise<Existence> {
    return this.#look(path, existenceOf);
  }

  siblings(path: string): Promise<readonly Sibling[] | 'unverifiable'> {
    const prefix = folderOf(path).replace(/[^/]*$/, '');
    return this.#look(path, (local) => siblingsOf(folderOf(local), prefix));
  }

  /** A mount that hangs must hang no decision, and keep no more than one of the few threads for files. */
  async #look<T>(path: string, look: (local: string) => Promise<T>): Promise<T | 'unverifiable'> {
    const local = localPath(path);
    if (local === undefined || this.#hanging > 0) return 'unverifiable';
    const { promise: late, resolve } = Promise.withResolvers<'unverifiable'>();
    let hangs = false;
    const cancel = this.#timers.after(TIMEOUT_MS, () => {
      hangs = true;
      this.#hanging += 1;
      resolve('unverifiable');
    });
    const looked = look(local)
      .catch((): 'unverifiable' => 'unverifiable')
      .finally(() => {
        cancel();
        if (hangs) this.#hanging -= 1;
      });
    return Promise.race([looked, late]);
  }
}

/** Flink writes `file:/x`, people `file:///x` or `/x`; nothing in it is encoded (`Path#toString`). */
function localPath(path: string): string | undefined {
  return /^(?:file:(?:\/\/(?:localhost)?(?=\/))?)?(\/(?!\/).*)$/s.exec(path)?.[1];
}

/** Of the metadata file its folder. */
function folderOf(path: string): string {
  return path.replace(/\/_metadata$/, '').replace(/\/+$/, '');
}

async function existenceOf(local: string): Promise<Existence> {
  const found = await statOf(local);
  const metadata = found?.isDirectory() ? await statOf(join(local, '_metadata')) : found;
  if (metadata?.isFile()) return 'present';
  if (found !== undefined) return 'missing';
  const folder = folderOf(local);
  // `<checkpoints>/<job id>/chk-N`: Flink may have removed the folder of the job, too.
  const above = basename(folder).startsWith('chk-') ? dirname(dirname(folder)) : dirname(folder);
  return (await statOf(above)) === undefined ? 'unverifiable' : 'missing';
}

async function siblingsOf(folder: string, prefix: string): Promise<readonly Sibling[]> {
  const names = await readdir(dirname(folder));
  const ids = names.flatMap((name) => /^chk-(\d{1,15})$/.exec(name)?.[1] ?? []).map(Number);
  const newest = ids.toSorted((a, b) => b - a).slice(0, MAX_SIBLINGS);
  const siblings: Sibling[] = [];
  for (const id of newest) {
    const metadata = await statOf(join(dirname(folder), `chk-${String(id)}`, '_metadata'));
    if (metadata?.isFile() !== true) continue;
    siblings.push({ id, path: `${prefix}chk-${String(id)}`, writtenAt: Math.floor(metadata.mtimeMs) });
  }
  return siblings;
}

/** Undefined when there is nothing of that name. @throws what else the operating system says */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
