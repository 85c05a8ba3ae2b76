/**
 * Reads how a run ended from the archive that its JobManager wrote. Holds one chunk of the file and the one document
 * that is being collected; reads only as far as the wanted documents lie. A thread of the archive folders and
 * `archives DIR` call it: its calls wait for the file system, and where that hangs they hang.
 *
 * Flink writes an archive in place under its final name, so a file may be half there: that is `incomplete`, never an
 * outcome. Nothing here writes, moves or deletes, and nothing but a regular file is read.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { MedicError } from '../core/errors.ts';
import { type Outcome, OutcomeBuilder, type Unreadable, unreadable } from './archive-outcome.ts';
import { ByteScanner } from './byte-scanner.ts';

/** Nearly all archives have what is wanted in their first 64 KiB. */
const CHUNK_BYTES = 65_536;
/** A longer document is not collected. Flink itself bounds none; 600 tasks gave 30 KB. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
/** Without O_NONBLOCK, opening a FIFO waits for a writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `gone`: there is no such file; a History Server may delete archives at any time. */
export type ArchiveReading = { readonly bytesRead: number } & (
  | Outcome
  | Unreadable
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'gone' }
);

/**
 * A function that reads the archive at a path, whose file name is the job id; `maxFileSize` in bytes, a larger file is
 * `too_large`. Every state of the file is an answer; nothing that lies on a disk makes it throw.
 *
 * @param progress is called after each answer of the file system
 */
export function archiveReader(progress: () => void = () => {}): (path: string, maxFileSize: number) => ArchiveReading {
  // For all files: to make one for each costs more than to read into it.
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  return (path, maxFileSize) => {
    const builder = new OutcomeBuilder(basename(path));
    const scanner = new ByteScanner(builder, MAX_DOCUMENT_BYTES);
    let bytesRead = 0;
    try {
      const file = openSync(path, OPEN_FLAGS);
      try {
        const stats = fstatSync(file);
        if (!stats.isFile()) return { ...unreadable('not_a_file', 'not a regular file'), bytesRead };
        while (scanner.state === 'open') {
          // The file may grow while it is read.
          if (Math.max(stats.size, bytesRead) > maxFileSize) {
            return { ...unreadable('too_large', `the file is larger than ${maxFileSize} bytes`), bytesRead };
          }
          const count = readSync(file, buffer, 0, CHUNK_BYTES, null);
          progress();
          if (count === 0) break;
          bytesRead += count;
          scanner.push(buffer.subarray(0, count));
        }
      } finally {
        closeSync(file);
      }
      return { ...conclusion(scanner, builder), bytesRead };
    } catch (error) {
      return { ...refusal(error), bytesRead };
    } finally {
      progress();
    }
  };
}

function conclusion(scanner: ByteScanner, builder: OutcomeBuilder): Outcome | Unreadable | { kind: 'incomplete' } {
  const { state, problem } = scanner;
  if (state === 'open') return { kind: 'incomplete' };
  if (state === 'malformed') return unreadable('not_json', problem);
  if (state === 'too_large') return unreadable('too_large', `a document is longer than ${MAX_DOCUMENT_BYTES} bytes`);
  return builder.build();
}

/** What a failure says about the file. @throws what is no failure of a file: that is a bug of ours */
function refusal(error: unknown): Unreadable | { kind: 'gone' } {
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
