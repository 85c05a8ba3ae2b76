/**
 * Compresses pages of metrics, and what did not change between two pages only once. Gzip whose parts were compressed each by
 * itself, as pigz does it: they are one stream, because curl and browsers stop after the first of several. Keeps of each
 * part what it became, about a tenth of its size, until its first piece is no longer shown. `ExpositionSender` has one.
 */

import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { joinCrc, shiftOver } from './crc.ts';

/** Of pieces that are compressed together: some 6 ms of a thread. */
const PART = 1024 * 1024;
/** Parts that are compressed at a time: a busy event loop, which takes long turns, is not waited for after each. */
const AT_A_TIME = 4;
/** Of a part with its last piece, as a rule. */
const SPACE = PART + PART / 4;
/** Compressed bytes that are handed over before the event loop gets its turn. */
const BATCH = 512 * 1024;

/** RFC 1952: deflate, no flags, no time, fastest, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** RFC 1951: a last block with nothing in it. */
const LAST_BLOCK = Buffer.from([3, 0]);

const deflate = promisify(deflateRaw);
/** Level 1: ten times smaller for a third of the time of level 6 (docs/adr/0002). Ends at a whole byte, not the last block. */
const OPTIONS = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: PART / 8 };

interface Part {
  readonly pieces: readonly Buffer[];
  /** Of all pieces. */
  readonly bytes: number;
  readonly crc: number;
  /** What takes the CRC of all that precedes over this part. */
  readonly shift: number;
  readonly deflated: Buffer;
}

export class PageCompressor {
  /** By their first piece. */
  readonly #kept = new WeakMap<Buffer, Part>();
  /** Where pieces are joined: what is allocated and freed for each part stays with the C library in fragments. */
  readonly #free: Buffer[] = [];

  /** The page as gzip, in batches of buffers that nobody changes. Compresses in the thread pool. */
  async *compress(page: readonly Buffer[]): AsyncGenerator<Buffer[]> {
    let batch: Buffer[] = [HEADER];
    let [crc, bytes, waiting] = [0, 0, 0];
    for await (const part of this.#parts(page)) {
      crc = joinCrc(crc, part.crc, part.shift);
      bytes += part.bytes;
      batch.push(part.deflated);
      waiting += part.deflated.length;
      if (waiting < BATCH) continue;
      yield batch;
      [batch, waiting] = [[], 0];
    }
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc, 0);
    trailer.writeUInt32LE(bytes % 2 ** 32, 4);
    yield [...batch, LAST_BLOCK, trailer];
  }

  /** In the order of the page. */
  async *#parts(page: readonly Buffer[]): AsyncGenerator<Part> {
    const underWay: Promise<Part>[] = [];
    for (let at = 0; at < page.length; ) {
      const kept = this.#find(page, at);
      const pieces = kept?.pieces ?? this.#choose(page, at);
      at += pieces.length;
      const part = kept === undefined ? this.#make(pieces) : Promise.resolve(kept);
      // Nobody waits for it when the scraper goes away.
      part.catch(() => undefined);
      underWay.push(part);
      if (underWay.length < AT_A_TIME) continue;
      yield* underWay.splice(0, 1);
    }
    yield* underWay;
  }

  /** The kept part that begins at this piece, when all its pieces follow. */
  #find(page: readonly Buffer[], at: number): Part | undefined {
    const first = page[at];
    const kept = first === undefined ? undefined : this.#kept.get(first);
    return kept?.pieces.every((piece, index) => piece === page[at + index]) === true ? kept : undefined;
  }

  /** As many pieces as make a part, or half of one where the next piece begins a part that is kept. */
  #choose(page: readonly Buffer[], at: number): Buffer[] {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for (let next = at; next < page.length; next++) {
      const piece = page[next];
      if (piece === undefined || bytes >= PART || (bytes >= PART / 2 && this.#kept.has(piece))) break;
      pieces.push(piece);
      bytes += piece.length;
    }
    return pieces;
  }

  async #make(pieces: readonly Buffer[]): Promise<Part> {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const space = bytes > SPACE ? Buffer.allocUnsafeSlow(bytes) : (this.#free.pop() ?? Buffer.allocUnsafeSlow(SPACE));
    let at = 0;
    for (const piece of pieces) at += piece.copy(space, at);
    const text = space.subarray(0, bytes);
    const crc = crc32(text);
    // What zlib gives is a view of a larger buffer.
    const deflated = Buffer.from(await deflate(text, OPTIONS));
    if (space.length === SPACE && this.#free.length < AT_A_TIME) this.#free.push(space);
    const part = { pieces, bytes, deflated, crc, shift: shiftOver(bytes) };
    const [first] = pieces;
    if (first !== undefined) this.#kept.set(first, part);
    return part;
  }
}
