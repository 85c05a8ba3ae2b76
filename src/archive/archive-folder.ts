/**
 * Scans one archive folder, or History Server: lists it and reads what is new or has changed since it was recorded; nothing
 * else is ever read twice. Keeps batches of `BATCH_FILES`; the index of what was seen is the recorder's. The archive loop of
 * `src/app/` constructs one for each source and calls `scan`.
 */

import { basename } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { ArchiveReading } from './archive-reader.ts';
import type { ArchiveFile, ArchiveListing, ArchiveSource } from './archive-source.ts';

export type FileState = 'indexed' | 'incomplete' | 'unreadable';

/** What is remembered of a file. Equal size and time mean that it need not be read again, whatever its state. */
export interface IndexEntry {
  readonly size: number;
  readonly mtimeMs: number;
  readonly state: FileState;
}

export interface ReadFile extends ArchiveFile {
  readonly state: FileState;
  readonly reading: Exclude<ArchiveReading, { kind: 'gone' }>;
}

/** Where findings go: the ledger. Only what is in its index counts as read. */
export interface ArchiveSink {
  /** By path. */
  readonly index: ReadonlyMap<string, IndexEntry>;
  /** Puts them into the index. */
  record(files: readonly ReadFile[]): Promise<void>;
  /** Takes them out: they are no longer in the folder; what they said stays true. */
  forget(paths: readonly string[]): Promise<void>;
}

export interface ScanReport {
  readonly startedAt: number;
  /** What was archived before this moment has been listed: when the scan began, less what the source lags. */
  readonly asOf: number;
  readonly finishedAt: number;
  readonly durationMs: number;
  /** Whether all of the source could be listed and is not suddenly empty; if not, that a file is missing says nothing. */
  readonly listed: boolean;
  /** Files as they are known now, also those that this scan had no need to read. */
  readonly files: Readonly<Record<FileState, number>>;
  /** Jobs of which a file is there that says nothing yet: their fate must not be called unknown. */
  readonly doubtfulJobIds: ReadonlySet<string>;
  readonly bytesRead: number;
  /** What could not be looked at, for the log. */
  readonly problems: readonly string[];
}

export interface ArchiveFolderOptions {
  readonly source: ArchiveSource;
  /** In bytes; asked at every scan. */
  readonly maxFileSize: () => number;
  readonly sink: ArchiveSink;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the scan that is under way. */
  readonly signal: AbortSignal;
}

/** The first batches are small, so that there is something to record early; the others cost fewer commits. */
const FIRST_BATCH = 32;
const BATCH_FILES = 256;
const BATCHES_AHEAD = 2;

export class ArchiveFolder {
  readonly #options: ArchiveFolderOptions;
  #current: Promise<ScanReport> | undefined;
  #next: Promise<ScanReport> | undefined;

  constructor(options: ArchiveFolderOptions) {
    this.#options = options;
  }

  /**
   * Scans the source. Scans never overlap; calls during a scan share the one after it, so that the report is always of a
   * scan that began after the call.
   *
   * @throws the error of the sink; the signal's reason
   */
  scan(): Promise<ScanReport> {
    if (this.#next !== undefined) return this.#next;
    if (this.#current === undefined) return this.#start();
    this.#next = this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<ScanReport> {
    const scan = this.#run().finally(() => {
      this.#current = undefined;
    });
    this.#current = scan;
    return scan;
  }

  async #run(): Promise<ScanReport> {
    const { source, signal, now } = this.#options;
    signal.throwIfAborted();
    const startedAt = now();
    const { files, problems } = await this.#list();
    const listed = problems.length === 0;
    if (listed) await this.#forgetMissing(files);
    const changed = files.filter((file) => this.#hasChanged(file));
    const failed: ReadFile[] = [];
    let bytesRead = 0;
    const unread: string[] = [];
    for await (const batch of this.#readAll(changed, unread)) {
      bytesRead += batch.reduce((sum, file) => sum + file.reading.bytesRead, 0);
      const { passing = [], lasting = [] } = Object.groupBy(batch, (file) => (mayPass(file) ? 'passing' : 'lasting'));
      failed.push(...passing);
      if (lasting.length > 0) await this.#options.sink.record(lasting);
    }
    const finishedAt = now();
    return {
      startedAt,
      asOf: startedAt - source.lagMs,
      finishedAt,
      durationMs: finishedAt - startedAt,
      listed: listed && unread.length === 0,
      bytesRead,
      problems: [...problems, ...unread, ...new Set(failed.map(describe))],
      ...this.#tally(failed),
    };
  }

  /**
   * A source that cannot be listed is a state of the world, not a fault of the scan. Neither can one that has lost all its
   * archives at once: an empty mount point looks like that, and that nothing is there would prove runs to have vanished.
   */
  async #list(): Promise<ArchiveListing> {
    const { source, sink, signal } = this.#options;
    const listing = await source.list(signal).catch((error: unknown) => ({ files: [], problems: [messageOf(error)] }));
    signal.throwIfAborted();
    const { files, problems } = listing;
    if (files.length > 0 || problems.length > 0 || sink.index.size === 0) return listing;
    const known = String(sink.index.size);
    return { files, problems: [`${source.place} ${source.emptied}: it has none of the ${known} archives it had`] };
  }

  #hasChanged(file: ArchiveFile): boolean {
    const known = this.#options.sink.index.get(file.path);
    return known === undefined || known.size !== file.size || known.mtimeMs !== file.mtimeMs;
  }

  /**
   * Reads the next two batches while the one before is recorded: whoever reads never waits for the next request.
   *
   * @param problems takes why the rest could not be read
   */
  async *#readAll(files: readonly ArchiveFile[], problems: string[]): AsyncGenerator<ReadFile[]> {
    const underWay: Promise<ReadFile[]>[] = [];
    let [start, size] = [0, FIRST_BATCH];
    for (;;) {
      for (; underWay.length < BATCHES_AHEAD && start < files.length; size = Math.min(2 * size, BATCH_FILES)) {
        const batch = this.#read(files.slice(start, start + size));
        // It may fail before anybody waits for it.
        batch.catch(() => undefined);
        underWay.push(batch);
        start += size;
      }
      const batch = underWay.shift();
      if (batch === undefined) return;
      try {
        yield await batch;
        this.#options.signal.throwIfAborted();
      } catch (error) {
        this.#options.signal.throwIfAborted();
        problems.push(messageOf(error));
        return;
      }
    }
  }

  async #read(files: readonly ArchiveFile[]): Promise<ReadFile[]> {
    const { source, signal } = this.#options;
    const readings = await source.read(files, { maxFileSize: this.#options.maxFileSize(), signal });
    return files.flatMap((file, i) => {
      const reading = readings[i];
      return reading === undefined || reading.kind === 'gone' ? [] : [{ ...file, state: stateOf(reading), reading }];
    });
  }

  async #forgetMissing(files: readonly ArchiveFile[]): Promise<void> {
    const { sink } = this.#options;
    const present = new Set(files.map((file) => file.path));
    const missing = [...sink.index.keys()].filter((path) => !present.has(path));
    if (missing.length > 0) await sink.forget(missing);
  }

  /** @param failed what is not recorded, and says what counts now */
  #tally(failed: readonly ReadFile[]): Pick<ScanReport, 'files' | 'doubtfulJobIds'> {
    const files = { indexed: 0, incomplete: 0, unreadable: 0 };
    const doubtfulJobIds = new Set<string>();
    const count = (path: string, { state }: Pick<IndexEntry, 'state'>): void => {
      files[state] += 1;
      if (state !== 'indexed') doubtfulJobIds.add(basename(path));
    };
    const others = new Set(failed.map(({ path }) => path));
    for (const [path, entry] of this.#options.sink.index) if (!others.has(path)) count(path, entry);
    for (const file of failed) count(file.path, file);
    return { files, doubtfulJobIds };
  }
}

function stateOf(reading: ReadFile['reading']): FileState {
  return reading.kind === 'outcome' ? 'indexed' : reading.kind;
}

/** Permissions and media can be repaired without a change of the file, so such a file is tried at every scan. */
function mayPass({ reading }: ReadFile): boolean {
  return reading.kind === 'unreadable' && reading.reason === 'io';
}

function describe({ reading }: ReadFile): string {
  return reading.kind === 'unreadable' ? reading.detail : '';
}
