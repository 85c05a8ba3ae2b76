/**
 * A jar file with the content that it had when it was decided on: its name at a JobManager, and its bytes for an upload.
 * Keeps nothing and holds no file in memory; the driver uses it.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SubmissionRequest } from '../../core/restart/incident.ts';
import type { SentFile } from '../../flink/multipart.ts';

export type DecidedJar = Extract<SubmissionRequest['jar'], { readonly file: string }>;

/** Flink adds 37 characters, and file systems end at 255. */
const MAX_NAME = 200;

/** The file is not the one that was decided on. */
export class JarReplaced extends Error {
  override readonly name = 'JarReplaced';
}

/** Under which name it is uploaded: the hash tells which content it has, whatever id it gets. */
export function uploadNameOf({ file, sha256 }: DecidedJar): string {
  return `${sha256.slice(0, 16)}_${basename(file)
    .replaceAll(/[^\w.-]/g, '_')
    .slice(-MAX_NAME)}`;
}

/**
 * Its bytes are hashed on their way. Those of another file end in `JarReplaced` instead of an end, so that an upload of
 * them is never complete and nothing wrong ever lies under a right name.
 *
 * @throws what looking at the file throws
 */
export async function openDecidedJar(jar: DecidedJar): Promise<SentFile> {
  const { size } = await stat(jar.file);
  return { name: uploadNameOf(jar), size, bytes: decidedBytes(jar) };
}

async function* decidedBytes({ file, sha256 }: DecidedJar): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const chunks: AsyncIterable<Buffer> = createReadStream(file);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw new JarReplaced(`${file} is not the file any more that was decided on`);
}
