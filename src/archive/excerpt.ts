/**
 * Leaves out of an archived document what nobody reads, before it is decoded: of a job that failed, nearly all of its bytes
 * are stack traces of older failures and the checkpoints before the last. Keeps nothing. The finder of documents asks; what
 * can be left out stands where documents are wanted.
 *
 * The documents are strings of JSON, so each quote in them has a backslash before it, and a quote in one of their texts
 * has three: what begins with a bracket or a comma before a quote is never found in a text. Of a document that spells some of
 * its quotes as \u0022, which no Flink does, more may be left out.
 */

export interface LeftOut {
  readonly from: Buffer;
  /** When undefined, up to the brace that ends the document, which comes after a bracket. */
  readonly to: Buffer | undefined;
}

const ESCAPED_QUOTE = '\\"';
const END = ']}"';

/**
 * What lies from the first quote in `from` to the first quote in the next `to`, unless another `from` comes before it,
 * each time; without `to` all from `from` on, where a list ends the document.
 *
 * @param from JSON as Flink writes it, of which a bracket or comma comes before the first quote; `to` likewise. Without
 *   `to` it begins that list: what another Flink writes after it must not be lost
 */
export function leftOut(from: string, to?: string): LeftOut {
  return { from: escaped(from), to: to === undefined ? undefined : escaped(to) };
}

/** JSON as it is in a string. */
function escaped(json: string): Buffer {
  return Buffer.from(json.replaceAll('"', ESCAPED_QUOTE));
}

/**
 * The document without what can be left out, as a string of JSON; undefined when all of it is there. It may say no JSON, if
 * the document is not as Flink writes it.
 *
 * @param document a string of JSON, with its quotes
 * @param cuts in the order of the document
 */
export function excerpt(document: Buffer, cuts: readonly LeftOut[]): string | undefined {
  const find = (bytes: Buffer, start: number): number => {
    const found = document.indexOf(bytes, start);
    return found < 0 ? document.length : found;
  };
  let text = '';
  let kept = 0;
  for (const { from, to } of cuts) {
    let rest = -1;
    for (let cut = find(from, kept); cut < document.length; ) {
      if (to === undefined) {
        if (document.toString('latin1', document.length - END.length) !== END) break;
        return `${text}${document.toString('utf8', kept, cut)}}"`;
      }
      const next = find(from, cut + from.length);
      // Each byte is looked at once, although a hostile document has many `from` and no `to`.
      if (rest < cut) rest = find(to, cut);
      if (rest < next) {
        text += document.toString('utf8', kept, cut + from.indexOf(ESCAPED_QUOTE));
        kept = rest + to.indexOf(ESCAPED_QUOTE);
      }
      cut = next;
    }
  }
  return text === '' ? undefined : text + document.toString('utf8', kept);
}
