/**
 * `GET /jars` (`JarListInfo`) and the answer of `POST /jars/upload` (`JarUploadResponseBody`), both of
 * `runtime/webmonitor/handlers`.
 */

import { milliseconds } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { list, matching, object, text } from './shapes.ts';

/** A jar that lies at a JobManager. */
export interface Jar {
  /** `<uuid>_<name>`: another one for each upload. */
  readonly id: string;
  readonly name: string;
  /** The JobManager's clock, milliseconds. */
  readonly uploadedAt: number;
}

const listSchema = object({
  files: list(object({ id: text, name: text, uploaded: milliseconds })),
});
const uploadSchema = object({
  filename: matching(text, (path) => /[^/\\]$/.test(path), 'expected the path of a file'),
});

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseJars(value: unknown): readonly Jar[] {
  return parseDocument(listSchema, value, '/jars').files.map(({ id, name, uploaded }) => ({
    id,
    name,
    uploadedAt: uploaded,
  }));
}

/**
 * @param value the parsed JSON
 * @returns the id of the new jar, the last part of its path at the JobManager
 * @throws {MedicError} `schema`
 */
export function parseUploadedJar(value: unknown): string {
  const { filename } = parseDocument(uploadSchema, value, '/jars/upload');
  return filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
}
