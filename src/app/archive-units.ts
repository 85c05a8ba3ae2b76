/**
 * The archive folders that are watched: one unit a folder, however many clusters use it. Keeps who uses what; a folder
 * that nobody uses any more is let go.
 */

import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArchiveUnit, FolderUser } from './archive-unit.ts';

export interface ArchiveUnitsOptions {
  readonly make: (archive: string, path: string) => ArchiveUnit;
  /** Called before a folder leaves, or changes from one user to several: its series go. */
  readonly hide: (unit: ArchiveUnit) => void;
}

export class ArchiveUnits {
  readonly #options: ArchiveUnitsOptions;
  readonly #units = new Map<string, ArchiveUnit>();

  constructor(options: ArchiveUnitsOptions) {
    this.#options = options;
  }

  all(): ArchiveUnit[] {
    return [...this.#units.values()];
  }

  usedBy(user: FolderUser): ArchiveUnit[] {
    return this.all().filter((unit) => unit.users.has(user));
  }

  /** Lets a cluster use a folder; watching begins with the first. */
  use(user: FolderUser, archive: string, path: string): void {
    let unit = this.#units.get(path);
    if (unit?.users.has(user) === true) return;
    const isNew = unit === undefined;
    unit ??= this.#options.make(archive, path);
    this.#units.set(path, unit);
    this.#options.hide(unit);
    unit.users.add(user);
    if (isNew) unit.start();
  }

  /** A cluster uses no folder any more. */
  async release(user: FolderUser): Promise<void> {
    for (const unit of this.usedBy(user)) {
      this.#options.hide(unit);
      unit.users.delete(user);
      if (unit.users.size > 0) continue;
      this.#units.delete(unit.path);
      await unit.stop();
    }
  }
}

/**
 * The local path of a `jobmanager.archive.fs.dir`, if it is one that can be read here: a path or a file URL. Anything
 * else is on a file system of Flink's that flink-medic does not speak.
 */
export async function readableFolder(directory: string): Promise<string | undefined> {
  let path: string;
  if (directory.startsWith('file:')) {
    try {
      path = fileURLToPath(directory);
    } catch {
      return undefined;
    }
  } else if (directory.startsWith('/')) path = directory;
  else return undefined;
  try {
    await access(path, constants.R_OK | constants.X_OK);
    return resolve(path);
  } catch {
    return undefined;
  }
}
