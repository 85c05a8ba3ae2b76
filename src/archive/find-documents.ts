/**
 * Finds the wanted documents of an archive where Flink writes them, by their paths, without looking at what lies between:
 * `{"archive":[{"path":"…","json":"…"},…]}`, path before document, no spaces. Keeps nothing. The archive reader asks it
 * first; what is written in another way, or not all there, it leaves to the `ByteScanner`.
 *
 * That is right because, in JSON, a bare quote within a string would end it: `{"path":"` can lie neither in a document nor
 * in a path. What is between the documents may even be damaged.
 */

import { type Cut, excerpt } from './excerpt.ts';

const HEAD = '{"archive":[';
/** It begins an entry. Bytes between braces are looked through three times as fast as those between quotes. */
const ENTRY = Buffer.from('{"path":"');
const DOCUMENT = '","json":"';
/** From the quote that ends a document to the next entry. */
const BETWEEN = '"},';
const QUOTE = 0x22;

export interface Wanted {
  readonly path: string;
  /** What nobody reads of the document, in its order. */
  readonly cuts?: readonly Cut[];
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
  if (!holds(start, 0, HEAD)) return undefined;
  const missing = new Set(wanted);
  const found: FoundDocument[] = [];
  for (let entry = HEAD.length; missing.size > 0; ) {
    const next = start.indexOf(ENTRY, entry + ENTRY.length);
    if (next < 0) return undefined;
    const one = wantedAt(start, entry + ENTRY.length, missing);
    if (one !== undefined) {
      const document = documentOf(start, one, entry + ENTRY.length + one.path.length, next, maxBytes);
      if (document === undefined) return undefined;
      found.push({ path: one.path, document });
      missing.delete(one);
    }
    entry = next;
  }
  return found;
}

/** Which of the missing documents has the path that begins there. */
function wantedAt(start: Buffer, path: number, missing: Iterable<Wanted>): Wanted | undefined {
  for (const one of missing) {
    const end = path + one.path.length;
    if (start[end] === QUOTE && holds(start, path, one.path)) return one;
  }
  return undefined;
}

/** @param pathEnd the quote behind its path @param next the entry behind it */
function documentOf(start: Buffer, { cuts = [] }: Wanted, pathEnd: number, next: number, maxBytes: number): unknown {
  const at = pathEnd + DOCUMENT.length;
  const end = next - BETWEEN.length;
  if (!holds(start, pathEnd, DOCUMENT) || !holds(start, end, BETWEEN) || end - at > maxBytes) return undefined;
  const document = start.toString('utf8', at - 1, end + 1);
  const left = cuts.length === 0 ? document : excerpt(document, cuts);
  const said = parse(left);
  return said === undefined && left.length < document.length ? parse(document) : said;
}

/** @param text of ASCII; compared here, because that takes less than to have the bytes made a string */
function holds(start: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (start[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** What a string of JSON says as JSON; undefined when one of the two is none. */
function parse(text: string): unknown {
  try {
    const json: string = JSON.parse(text);
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
