/**
 * Finds the wanted documents of an archive where Flink writes them, by their paths, without looking at what lies between:
 * `{"archive":[{"path":"…","json":"…"},…]}`, path before document, no spaces. Keeps nothing. The archive reader asks it
 * first; what is written in another way, or not all there, it leaves to the `ByteScanner`.
 *
 * That is right because, in JSON, a bare quote within a string would end it: `{"path":"` can lie neither in a document nor
 * in a path. What is between the documents may even be damaged.
 */

const HEAD = Buffer.from('{"archive":[{"path":"');
/** From the quote that ends a document to the path of the next entry. */
const BETWEEN = Buffer.from('"},{"path":"');

export interface Wanted {
  readonly path: string;
  /** The only key that is wanted of the document, an object that Flink writes last: what is before it is not read. */
  readonly lastKey?: string;
}

export interface FoundDocument {
  readonly path: string;
  /** As JSON.parse makes it. */
  readonly document: unknown;
}

/**
 * The documents of these paths, the first of each, in the order of the archive.
 *
 * @param start of an archive
 * @param maxBytes of a document, as it is in the archive
 * @returns undefined when one is not there, not JSON, or not as Flink writes it
 */
export function findDocuments(
  start: Buffer,
  wanted: Iterable<Wanted>,
  maxBytes: number,
): readonly FoundDocument[] | undefined {
  if (!start.subarray(0, HEAD.length).equals(HEAD)) return undefined;
  const places: { readonly path: string; readonly at: number; readonly lastKey: string | undefined }[] = [];
  for (const { path, lastKey } of wanted) {
    const before = Buffer.from(`{"path":"${path}","json":"`);
    const found = start.indexOf(before);
    if (found < 0) return undefined;
    places.push({ path, at: found + before.length, lastKey });
  }
  places.sort((a, b) => a.at - b.at);
  const found: FoundDocument[] = [];
  for (const { path, at, lastKey } of places) {
    const end = start.indexOf(BETWEEN, at);
    if (end < 0 || end - at > maxBytes) return undefined;
    const document =
      (lastKey === undefined ? undefined : lastOf(start, at, end, lastKey)) ?? parse(start.toString('utf8', at, end));
    if (document === undefined) return undefined;
    found.push({ path, document });
  }
  return found;
}

/**
 * The document as if it had only this key; undefined when that is not its last one, or not an object: deeper in the document
 * more braces would follow, and in a text of it a quote has three backslashes before it.
 */
function lastOf(start: Buffer, at: number, end: number, key: string): unknown {
  const found = start.indexOf(`,\\"${key}\\":{`, at);
  return found < 0 || found >= end ? undefined : parse(`{${start.toString('utf8', found + 1, end)}`);
}

/** What the text of a string, between its quotes, says as JSON; undefined when one of the two is none. */
function parse(text: string): unknown {
  try {
    const json: string = JSON.parse(`"${text}"`);
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
