/**
 * The archive folders and History Servers that are watched: one unit each, however many clusters use it. Keeps who uses
 * what; a folder that nobody uses any more is let go. Used by `Fleet`.
 */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpConfig } from '../config/config.ts';
import type { ArchiveUnit, FolderUser } from './archive-unit.ts';

/** A folder, or a History Server, under the name that its label shows. */
export interface NamedFolder {
  readonly archive: string;
  /** Of a History Server its address. */
  readonly path: string;
  /** How a History Server is reached; absent for a folder. */
  readonly http?: HttpConfig;
}

export interface ArchiveUnitsOptions {
  readonly make: (folder: NamedFolder) => ArchiveUnit;
  /** Called before the labels of a folder change or it leaves: its series go. */
  readonly hide: (unit: ArchiveUnit) => void;
  /** Called when the labels of a folder have changed. */
  readonly show: (unit: ArchiveUnit) => void;
}

export class ArchiveUnits {
  readonly #options: ArchiveUnitsOptions;
  readonly #units = new Map<string, ArchiveUnit>();
  /** Those who have been assigned all their folders. */
  readonly #settled = new Set<FolderUser>();

  constructor(options: ArchiveUnitsOptions) {
    this.#options = options;
  }

  all(): ArchiveUnit[] {
    return [...this.#units.values()];
  }

  /** Whether some cluster uses this folder. */
  isWatched(path: string): boolean {
    return this.#units.has(path);
  }

  /** The folders that a cluster uses, as far as they are known. */
  usedBy(user: FolderUser): ArchiveUnit[] {
    return this.all().filter((unit) => unit.users.has(user));
  }

  /** Whether all folders of a cluster are known. */
  areKnown(user: FolderUser): boolean {
    return this.#settled.has(user);
  }

  /**
   * From now on a cluster uses these folders and no others.
   *
   * @param all whether it is known that there are no others
   */
  async assign(user: FolderUser, folders: readonly NamedFolder[], all: boolean): Promise<void> {
    const left = new Set(this.usedBy(user));
    if (all) this.#settled.add(user);
    else this.#settled.delete(user);
    for (const folder of folders) left.delete(this.#use(user, folder));
    for (const unit of left) await this.#leave(user, unit);
  }

  /** A cluster uses no folder any more. */
  async release(user: FolderUser): Promise<void> {
    await this.assign(user, [], false);
  }

  #use(user: FolderUser, folder: NamedFolder): ArchiveUnit {
    const known = this.#units.get(folder.path);
    const unit = known ?? this.#options.make(folder);
    this.#units.set(folder.path, unit);
    const alone = unit.users.size === (unit.users.has(user) ? 1 : 0);
    if (unit.users.has(user) && !(alone && unit.archive !== folder.archive)) return unit;
    this.#options.hide(unit);
    unit.users.add(user);
    if (alone) unit.archive = folder.archive;
    this.#options.show(unit);
    if (known === undefined) unit.start();
    return unit;
  }

  async #leave(user: FolderUser, unit: ArchiveUnit): Promise<void> {
    if (unit.users.size === 1) {
      this.#units.delete(unit.path);
      // First, because a scan that is under way still shows what it finds.
      await unit.stop();
    }
    this.#options.hide(unit);
    unit.leave(user);
    this.#options.show(unit);
  }
}

/**
 * The local path of a `jobmanager.archive.fs.dir`: of a path or a file URL. Anything else is on a file system of Flink's
 * that flink-medic does not speak.
 */
export function localPath(directory: string): string | undefined {
  if (directory.startsWith('/')) return resolve(directory);
  if (!directory.startsWith('file:')) return undefined;
  try {
    return resolve(fileURLToPath(directory));
  } catch {
    return undefined;
  }
}
