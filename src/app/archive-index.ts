/**
 * What is known of the files of one folder or History Server: the index of the ledger, in memory, and of its outcomes those
 * that no history has taken. Such a one is open: it waits for the next observation of a cluster, or belongs to nobody.
 * Bounded by the files that are there. `ArchiveUnit` makes one at its first scan; it alone changes it.
 */

import type { ArchiveFile } from '../ledger/ledger.ts';
import type { ArchiveOutcome } from '../core/facts.ts';

/** An archive with an outcome that is not attributed to a run. */
export type OpenArchive = ArchiveFile & { readonly outcome: ArchiveOutcome };

/** @typeParam User a cluster that uses the folder */
export class ArchiveIndex<User> {
  readonly #files: Map<string, ArchiveFile>;
  readonly #open = new Map<string, OpenArchive>();
  /** When each incomplete file was written: to look for them among all files at each export would take long. */
  readonly #incomplete = new Map<string, number>();
  readonly #waiting = new Map<string, User>();

  /** @param files by path */
  constructor(files: Map<string, ArchiveFile> = new Map()) {
    this.#files = files;
    for (const file of files.values()) this.#note(file);
  }

  /** By path. */
  get files(): ReadonlyMap<string, ArchiveFile> {
    return this.#files;
  }

  /** How many outcomes belong to nobody. */
  get unattributed(): number {
    return this.#open.size - this.#waiting.size;
  }

  /** The jobs of open outcomes. */
  get openJobIds(): string[] {
    return Array.from(this.#open.values(), ({ jobId }) => jobId);
  }

  /** In the place of what was known of the file; returns its outcome if that is open. */
  put(file: ArchiveFile): OpenArchive | undefined {
    this.close(file.path);
    this.#files.set(file.path, file);
    return this.#note(file);
  }

  /** The file is no longer there. */
  delete(path: string): void {
    this.#files.delete(path);
    this.close(path);
  }

  /** A history has taken the outcome. */
  close(path: string): void {
    this.#open.delete(path);
    this.#incomplete.delete(path);
    this.#waiting.delete(path);
  }

  /** The next observation of a cluster decides about an outcome. */
  wait(path: string, user: User): void {
    this.#waiting.set(path, user);
  }

  /** What waits for this cluster is anybody's again. */
  leave(user: User): void {
    for (const [path, awaited] of this.#waiting) if (awaited === user) this.#waiting.delete(path);
  }

  /** An outcome is not this cluster's. Returns the file as it is known from now on; undefined when the outcome is not open. */
  refuse(path: string, cluster: string): ArchiveFile | undefined {
    const file = this.#open.get(path);
    if (file === undefined) return undefined;
    this.#waiting.delete(path);
    const refused = { ...file, reason: refusal([...refusedBy(file), cluster]) };
    this.#files.set(path, refused);
    this.#open.set(path, refused);
    return refused;
  }

  /** The outcomes that belong to nobody. */
  nobodys(): OpenArchive[] {
    // A history has found the run of what waited.
    for (const path of this.#waiting.keys()) if (this.#files.get(path)?.run !== undefined) this.close(path);
    return [...this.#open.values()].filter(({ path }) => !this.#waiting.has(path));
  }

  /** When the oldest incomplete file was written, of those since `since`; milliseconds since the epoch. */
  oldestIncomplete(since: number): number | undefined {
    let oldest: number | undefined;
    for (const mtimeMs of this.#incomplete.values()) {
      if (mtimeMs >= since) oldest = Math.min(oldest ?? mtimeMs, mtimeMs);
    }
    return oldest;
  }

  #note(file: ArchiveFile): OpenArchive | undefined {
    if (file.state === 'incomplete') this.#incomplete.set(file.path, file.mtimeMs);
    if (!isOpen(file)) return undefined;
    this.#open.set(file.path, file);
    return file;
  }
}

/** The clusters whose histories said that an outcome is not theirs. */
export function refusedBy({ reason = '' }: ArchiveFile): ReadonlySet<string> {
  const [kind, ...clusters] = reason.split('\n');
  return new Set(kind === FOREIGN_TO ? clusters : []);
}

/** What the ledger keeps as the reason. Names of clusters have no control characters. */
const FOREIGN_TO = 'foreign to';

function refusal(clusters: readonly string[]): string {
  return [FOREIGN_TO, ...clusters].join('\n');
}

function isOpen(file: ArchiveFile): file is OpenArchive {
  return file.outcome !== undefined && file.run === undefined;
}
