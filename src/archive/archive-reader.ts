/**
 * Reads how a run ended from the archive that its JobManager wrote. Holds one chunk of the file and the one document
 * that is being collected; reads only as far as the wanted documents lie. The archive folder and `archives DIR` call it.
 *
 * Flink writes an archive in place under its final name, so a file may be half there: that is `incomplete`, never an
 * outcome. Nothing here writes, moves or deletes, and nothing but a regular file is read.
 */

import * as fs from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { MedicError } from '../core/errors.ts';
import { type Outcome, OutcomeBuilder, type Unreadable, unreadable } from './archive-outcome.ts';
import { ByteScanner } from './byte-scanner.ts';

/** Nearly all archives have what is wanted in their first 64 KiB. */
const CHUNK_BYTES = 65_536;
/** A longer document is not collected. Flink itself bounds none; 600 tasks gave 30 KB. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
/** Without O_NONBLOCK, opening a FIFO waits for a writer. */
const OPEN_FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** With plain descriptors: the objects of `fs/promises` cost more than the calls of the system. */
const open = promisify(fs.open);
const fstat = promisify(fs.fstat);
const read = promisify(fs.read);
const close = promisify(fs.close);

/** `gone`: there is no such file; a History Server may delete archives at any time. */
export type ArchiveReading = { readonly bytesRead: number } & (
  | Outcome
  | Unreadable
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'gone' }
);

export interface ReadOptions {
  /** In bytes; a larger file is `too_large`. */
  readonly maxFileSize: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads the archive at `path`, whose file name is the job id. Every state of the file is an answer; nothing that lies
 * on a disk makes it throw.
 *
 * @throws the signal's reason when it is aborted
 */
export async function readArchive(path: string, { maxFileSize, signal }: ReadOptions): Promise<ArchiveReading> {
  const builder = new OutcomeBuilder(basename(path));
  const scanner = new ByteScanner(builder, MAX_DOCUMENT_BYTES);
  let bytesRead = 0;
  try {
    signal?.throwIfAborted();
    const file = await open(path, OPEN_FLAGS);
    try {
      const stats = await fstat(file);
      if (!stats.isFile()) return { ...unreadable('not_a_file', 'not a regular file'), bytesRead };
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      while (scanner.state === 'open') {
        // The file may grow while it is read.
        if (Math.max(stats.size, bytesRead) > maxFileSize) {
          return { ...unreadable('too_large', `the file is larger than ${maxFileSize} bytes`), bytesRead };
        }
        signal?.throwIfAborted();
        const chunk = await read(file, buffer, 0, CHUNK_BYTES, null);
        if (chunk.bytesRead === 0) break;
        bytesRead += chunk.bytesRead;
        scanner.push(buffer.subarray(0, chunk.bytesRead));
      }
    } finally {
      await close(file);
    }
    return { ...conclusion(scanner, builder), bytesRead };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { ...refusal(error), bytesRead };
  }
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
