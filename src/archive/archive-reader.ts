/**
 * Reads how a run ended from the archive that its JobManager wrote. Holds the start of one file, at most
 * `MAX_START_BYTES`, and the documents that are being collected; reads only as far as those lie. A thread of the archive
 * folders and `archives DIR` call it: its calls wait for the file system, and where that hangs they hang.
 *
 * Flink writes an archive in place under its final name, so a file may be half there: that is `incomplete`, never an
 * outcome. Nothing here writes, moves or deletes, and nothing but a regular file is read.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MedicError } from '../core/errors.ts';
import { type Outcome, OutcomeBuilder } from './archive-outcome.ts';
import { ByteScanner } from './byte-scanner.ts';
import { findDocuments } from './find-documents.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** Of one call, which has seconds to answer. Nearly all archives have what is wanted in so much. */
const CHUNK_BYTES = 65_536;
/** The others have it behind the details of their checkpoints. */
const MAX_START_BYTES = 64 * CHUNK_BYTES;
/** A longer document is not collected. Flink itself bounds none; 600 tasks gave 30 KB. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
/** Without O_NONBLOCK, opening a FIFO waits for a writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `gone`: there is no such file; a History Server may delete archives at any time. */
export type ArchiveReading = { readonly bytesRead: number } & (Said | { readonly kind: 'gone' });
type Said = Outcome | Unreadable | { readonly kind: 'incomplete' };

/**
 * A function that reads the archive at a path, whose file name is the job id; `maxFileSize` in bytes, a larger file is
 * `too_large`. Every state of the file is an answer; nothing that lies on a disk makes it throw.
 *
 * @param progress is called after each answer of the file system
 */
export function archiveReader(progress: () => void = () => {}): (path: string, maxFileSize: number) => ArchiveReading {
  // For all files: to make one for each costs more than to read into it.
  let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  const saidBy = (jobId: string, file: BoundedFile): Said => {
    let start = file.fill(buffer.subarray(0, CHUNK_BYTES), 0);
    for (let size = CHUNK_BYTES; ; size *= 8) {
      const builder = new OutcomeBuilder(jobId);
      const documents = findDocuments(start, builder.missing, MAX_DOCUMENT_BYTES);
      if (documents?.every((found) => builder.takeFound(found)) === true) return builder.build();
      const areAllHere = documents !== undefined || start.length < size;
      if (areAllHere || size >= MAX_START_BYTES) return saidAnywhere(jobId, start, file);
      if (buffer.length < 8 * size) buffer = Buffer.concat([start], 8 * size);
      start = file.fill(buffer.subarray(0, 8 * size), size);
    }
  };

  return (path, maxFileSize) => {
    let file: BoundedFile | undefined;
    try {
      file = new BoundedFile(path, maxFileSize, progress);
      let said: Said;
      try {
        said = saidBy(path.slice(path.lastIndexOf('/') + 1), file);
      } finally {
        file.close();
      }
      return { ...said, bytesRead: file.bytesRead };
    } catch (error) {
      return { ...refusal(error), bytesRead: file?.bytesRead ?? 0 };
    } finally {
      progress();
    }
  };
}

/** What is said in whatever spelling and order, or why nothing is. @throws {MedicError} `not_json`, `schema` */
function saidAnywhere(jobId: string, start: Buffer, file: BoundedFile): Said {
  const builder = new OutcomeBuilder(jobId);
  const scanner = new ByteScanner(builder, MAX_DOCUMENT_BYTES);
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  scanner.push(start);
  for (let count = -1; count !== 0 && scanner.state === 'open'; ) {
    count = file.read(chunk, 0);
    scanner.push(chunk.subarray(0, count));
  }
  if (scanner.state === 'open') return { kind: 'incomplete' };
  if (scanner.state === 'malformed') return unreadable('not_json', scanner.problem);
  if (scanner.state === 'too_large') {
    return unreadable('too_large', `a document is longer than ${MAX_DOCUMENT_BYTES} bytes`);
  }
  return builder.build();
}

/** A regular file of which no more is read than the limit allows. */
class BoundedFile {
  readonly #descriptor: number;
  readonly #size: number;
  readonly #maxSize: number;
  readonly #progress: () => void;
  bytesRead = 0;

  /** @throws {Refused} it is no regular file; what the operating system says */
  constructor(path: string, maxSize: number, progress: () => void) {
    this.#descriptor = openSync(path, OPEN_FLAGS);
    this.#maxSize = maxSize;
    this.#progress = progress;
    try {
      const stats = fstatSync(this.#descriptor);
      if (!stats.isFile()) throw new Refused(unreadable('not_a_file', 'not a regular file'));
      this.#size = stats.size;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Fills the buffer from `start` on, as far as the file was long when it was opened; returns what is filled of it. */
  fill(buffer: Buffer, start: number): Buffer {
    let end = start;
    for (let count = -1; count !== 0 && end < Math.min(buffer.length, this.#size); end += count) {
      count = this.read(buffer, end);
    }
    return buffer.subarray(0, end);
  }

  /** Reads what comes next, a chunk at most; 0 at the end. @throws {Refused} it is too large; what the operating system says */
  read(buffer: Buffer, start: number): number {
    // It may grow meanwhile.
    if (Math.max(this.#size, this.bytesRead) > this.#maxSize) {
      throw new Refused(unreadable('too_large', `the file is larger than ${this.#maxSize} bytes`));
    }
    const count = readSync(this.#descriptor, buffer, start, Math.min(buffer.length - start, CHUNK_BYTES), null);
    this.#progress();
    this.bytesRead += count;
    return count;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The file cannot be an archive. */
class Refused extends Error {
  readonly said: Unreadable;

  constructor(said: Unreadable) {
    super(said.detail);
    this.said = said;
  }
}

/** What a failure says about the file. @throws what is no failure of a file: that is a bug of ours */
function refusal(error: unknown): Unreadable | { kind: 'gone' } {
  if (error instanceof Refused) return error.said;
  if (error instanceof MedicError && (error.code === 'schema' || error.code === 'not_json')) {
    return unreadable(error.code, error.message);
  }
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
  switch (error.code) {
    case 'ENOENT':
      return { kind: 'gone' };
    case 'ELOOP': // a link, by O_NOFOLLOW
    case 'ENXIO': // a socket
      return unreadable('not_a_file', error.message);
    default:
      return unreadable('io', error.message);
  }
}
