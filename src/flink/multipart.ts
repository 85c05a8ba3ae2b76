/**
 * A `multipart/form-data` body of one file (RFC 7578), written as it is read: what is sent is never held in memory. Keeps
 * nothing; the REST client uses it.
 */

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

export interface SentFile {
  /** Letters, digits, dots, dashes and underscores. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `size` bytes, or else the upload breaks off. What it throws is the cause of the failed request. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface MultipartBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export function multipartOf(file: SentFile): MultipartBody {
  const boundary = `flink-medic-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\n` +
      `Content-Disposition: form-data; name="file"; filename="${file.name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': `${head.length + file.size + tail.length}`,
    },
    body: Readable.from(parts(head, file, tail), { objectMode: false }),
  };
}

async function* parts(head: Buffer, { bytes }: SentFile, tail: Buffer): AsyncGenerator<Uint8Array> {
  yield head;
  yield* bytes;
  yield tail;
}
