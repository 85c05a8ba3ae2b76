/**
 * Where archives come from: a folder, or a History Server. `ArchiveFolder` asks it at every scan and keeps the index of what
 * it has; `src/app/` chooses one.
 */

import type { ArchiveReading } from './archive-reader.ts';

export interface ArchiveFile {
  /** Its path, or its address. */
  readonly path: string;
  readonly jobId: string;
  /** The `cluster.id` whose folder it lies in; absent in the flat layout. */
  readonly clusterFolder?: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface ArchiveListing {
  /** Everything under the name of a job that is no folder; what is not a regular file, its reader refuses. */
  readonly files: readonly ArchiveFile[];
  /** What could not be looked at: with any of these the listing is not complete. */
  readonly problems: readonly string[];
}

export interface ReadOptions {
  /** In bytes; a larger file is `too_large`. */
  readonly maxFileSize: number;
  readonly signal: AbortSignal;
}

export interface ArchiveSource {
  /** For messages: where it is. */
  readonly place: string;
  /** For messages: what it looks like when all that it had is gone. */
  readonly emptied: string;
  /**
   * How long an archive may lie there before the listing shows it, in milliseconds; asked after each listing. Infinity: that
   * one is not listed proves nothing.
   */
  readonly lagMs: number;
  /**
   * What is there, in no particular order.
   *
   * @throws when nothing can be listed; the signal's reason when it is aborted
   */
  list(signal: AbortSignal): Promise<ArchiveListing>;
  /**
   * What these say, in their order. Every state of an archive is an answer.
   *
   * @throws the signal's reason when it is aborted
   */
  read(files: readonly ArchiveFile[], options: ReadOptions): Promise<ArchiveReading[]>;
  /** Ends what it still has open; nothing is asked of it afterwards. */
  close(): Promise<void>;
}
