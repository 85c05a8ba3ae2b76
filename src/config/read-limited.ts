/** Reads small files of unknown content: a device or a huge file must not fill the memory. */

import { createReadStream } from 'node:fs';

/**
 * The bytes of a file, at most `limit` of them.
 * @throws Error of `node:fs`, or one that names the limit
 */
export async function readLimited(path: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path, { end: limit })) {
    chunks.push(chunk);
    length += chunk.length;
  }
  if (length > limit) throw new Error(`the file is larger than ${limit} bytes`);
  return Buffer.concat(chunks, length);
}
