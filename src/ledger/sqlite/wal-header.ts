/**
 * Whether SQLite would read a write-ahead log: one whose header is wrong it takes for empty without a word, and what was
 * committed in it would be lost in silence. Format: https://www.sqlite.org/fileformat2.html#walformat
 */

import { closeSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32;
const CHECKED_BYTES = 24;
/** The last bit says in which order of bytes checksums are computed. */
const MAGIC_LITTLE_ENDIAN = 0x37_7f_06_82;
const MAGIC_BIG_ENDIAN = 0x37_7f_06_83;

export function isWalHeader(file: string): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
  } finally {
    closeSync(descriptor);
  }
  const magic = header.readUInt32BE(0);
  if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return false;
  const word = (at: number): number => (magic === MAGIC_BIG_ENDIAN ? header.readUInt32BE(at) : header.readUInt32LE(at));
  let [a, b] = [0, 0];
  for (let at = 0; at < CHECKED_BYTES; at += 8) {
    a = (a + word(at) + b) >>> 0;
    b = (b + word(at + 4) + a) >>> 0;
  }
  return a === header.readUInt32BE(CHECKED_BYTES) && b === header.readUInt32BE(CHECKED_BYTES + 4);
}
