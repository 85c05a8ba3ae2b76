/**
 * Finds the wanted documents of an archive where Flink writes them, by their paths, without looking at what lies between:
 * `{"archive":[{"path":"…","json":"…"},…]}`, path before document, no spaces. Keeps nothing. The archive reader asks it
 * first; what is written in another way, or not all there, it leaves to the `ByteScanner`.
 *
 * That is right because, in JSON, a bare quote within a string would end it: `"},{"path":"` can neither lie in a document nor
 * in a path. What is between the documents may even be damaged.
 */

const HEAD = Buffer.from('{"archive":[{"path":"');
/** From the quote that ends a document to the path of the next entry. */
const BETWEEN = Buffer.from('"},{"path":"');
const BEFORE_PATH = '{"path":"';
const AFTER_PATH = '","json":"';

/** A path, and its document as it was before it became a string of the archive. */
export type ArchivedDocument = readonly [path: string, json: string];

/**
 * The documents of these paths, the first of each, in the order of the archive.
 *
 * @param start of an archive
 * @param maxBytes of a document, as it is in the archive
 * @returns undefined when one is not there, or not as Flink writes it
 */
export function findDocuments(
  start: Buffer,
  paths: Iterable<string>,
  maxBytes: number,
): readonly ArchivedDocument[] | undefined {
  if (!start.subarray(0, HEAD.length).equals(HEAD)) return undefined;
  const places: { readonly path: string; readonly at: number }[] = [];
  for (const path of paths) {
    const before = Buffer.from(`${BEFORE_PATH}${path}${AFTER_PATH}`);
    const found = start.indexOf(before);
    if (found < 0) return undefined;
    places.push({ path, at: found + before.length });
  }
  places.sort((a, b) => a.at - b.at);
  const documents: ArchivedDocument[] = [];
  for (const { path, at } of places) {
    const end = start.indexOf(BETWEEN, at);
    const json = end < 0 || end - at > maxBytes ? undefined : decode(start.toString('utf8', at - 1, end + 1));
    if (json === undefined) return undefined;
    documents.push([path, json]);
  }
  return documents;
}

/** The text of a JSON string with its quotes; undefined when it is none. */
function decode(literal: string): string | undefined {
  try {
    const text: string = JSON.parse(literal);
    return text;
  } catch {
    return undefined;
  }
}
