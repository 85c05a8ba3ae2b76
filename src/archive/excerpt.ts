/**
 * Leaves out of an archived document what nobody reads, before it is decoded: of a job that failed, nearly all of its bytes
 * are stack traces and the checkpoints before the last. Keeps nothing. The finder of documents asks; what can be left out
 * stands where documents are wanted.
 *
 * The documents are strings of JSON, so each quote in them has a backslash before it, and a quote in one of their texts
 * has three: what begins with a bracket or a comma before a quote is never found in a text. Of a document that spells some of
 * its quotes as \u0022, which no Flink does, more may be left out.
 */

/** Leaves something out of the documents that it is told. */
export type Cut = (excerpt: Excerpt) => void;

const BACKSLASH = '\\';
const ESCAPED_QUOTE = '\\"';
const END = '}"';
const TRACE = escaped(',"stacktrace":"');
/** It comes behind a trace, and then a number: behind a label of a failure that has the trace's name come only texts. */
const TIME = escaped('","timestamp":');
const NEWLINE = '\\\\n';
const CAUSE = '\\\\nCaused by: ';

/**
 * The document without what can be left out, as a string of JSON. It may say no JSON, if the document is not as Flink writes
 * it.
 *
 * @param document a string of JSON, with its quotes
 * @param cuts in the order of the document
 */
export function excerpt(document: string, cuts: readonly Cut[]): string {
  const one = new Excerpt(document);
  for (const cut of cuts) cut(one);
  return one.text;
}

/** Leaves out what lies from the first quote in `from`, where that begins the document, to the first quote in the next `to`. */
export function leaveOutHead(from: string, to: string): Cut {
  const [begin, end] = [`"${escaped(from)}`, escaped(to)];
  return (document) => {
    if (!document.holds(0, begin)) return;
    const rest = document.find(end);
    if (rest < document.length) document.drop(begin.indexOf(ESCAPED_QUOTE), rest + end.indexOf(ESCAPED_QUOTE));
  };
}

/**
 * Leaves out what lies from the first quote in `from` to the first quote in the next `to`, unless another `from` comes before
 * it, each time.
 *
 * @param from JSON as Flink writes it, of which a bracket or comma comes before the first quote; `to` likewise
 */
export function leaveOut(from: string, to: string): Cut {
  const [begin, end] = [escaped(from), escaped(to)];
  return (document) => {
    let rest = -1;
    for (let cut = document.find(begin); cut < document.length; ) {
      const next = document.find(begin, cut + begin.length);
      // Each byte is looked at once, although a hostile document has many `from` and no `to`.
      if (rest < cut) rest = document.find(end, cut);
      if (rest < next) document.drop(cut + begin.indexOf(ESCAPED_QUOTE), rest + end.indexOf(ESCAPED_QUOTE));
      cut = next;
    }
  };
}

/** Leaves out, each time, the object that begins with `from`: one without others in it, nor a brace in its texts. */
export function leaveOutFlat(from: string): Cut {
  const begin = escaped(from);
  return (document) => {
    for (let cut = document.find(begin); cut < document.length; cut = document.find(begin)) {
      document.drop(cut, document.find('}', cut) + 1);
    }
  };
}

/**
 * Leaves out what begins with `from`, where its `closing` ends the document: what another Flink writes after it must not be
 * lost.
 */
export function leaveOutRest(from: string, closing: string): Cut {
  const [begin, last] = [escaped(from), closing + END];
  return (document) => {
    const cut = document.find(begin);
    const end = document.length - END.length;
    if (cut < end && document.holds(document.length - last.length, last)) document.drop(cut, end);
  };
}

/**
 * Leaves out the lines of stack traces that name no exception, but for those before one that does: what looks like a cause
 * is one only behind a stack frame.
 *
 * @param before JSON like `from` above; nothing is left out of the traces behind it
 */
export function leaveOutFrames(before: string): Cut {
  const behind = escaped(before);
  return (document) => {
    const stop = document.find(behind);
    for (let at = document.find(TRACE); at < stop; ) {
      const start = at + TRACE.length;
      const trace = document.textAt(start);
      const end = start + trace.length;
      if (document.holds(end, TIME) && !document.holds(end + TIME.length, ESCAPED_QUOTE)) {
        for (const [from, to] of frames(trace)) document.drop(start + from, start + to);
      }
      at = document.find(TRACE, end);
    }
  };
}

/**
 * What can be left out of a trace, from the end of a line to the end of another; nothing behind a line that may end in a
 * backslash.
 */
function frames(trace: string): readonly (readonly [number, number])[] {
  const left: [number, number][] = [];
  const isDoubtful = (newline: number): boolean => trace[newline - 1] === BACKSLASH;
  for (let end = trace.indexOf(NEWLINE); end >= 0 && !isDoubtful(end); ) {
    const cause = trace.indexOf(CAUSE, end);
    if (cause < 0) return [...left, [end, trace.length]];
    const before = trace.lastIndexOf(NEWLINE, cause - 1);
    if (isDoubtful(cause) || isDoubtful(before)) return left;
    if (before > end) left.push([end, before]);
    end = trace.indexOf(NEWLINE, cause + CAUSE.length);
  }
  return left;
}

/** JSON as it is in a string. */
function escaped(json: string): string {
  return json.replaceAll('"', ESCAPED_QUOTE);
}

/** A document of which something is dropped from its start to its end. */
class Excerpt {
  readonly #document: string;
  #text = '';
  #kept = 0;

  constructor(document: string) {
    this.#document = document;
  }

  get length(): number {
    return this.#document.length;
  }

  /** What is left. */
  get text(): string {
    return this.#text + this.#document.slice(this.#kept);
  }

  /** Where this is next; its length when it is nowhere. */
  find(text: string, start = this.#kept): number {
    const found = this.#document.indexOf(text, start);
    return found < 0 ? this.#document.length : found;
  }

  holds(at: number, text: string): boolean {
    return this.#document.startsWith(text, at);
  }

  /** The text that begins there, up to its quote: one that has three backslashes before it, or seven, is part of it. */
  textAt(start: number): string {
    let quote = this.#document.indexOf('"', start);
    while (quote >= 0 && this.#backslashesBefore(quote) % 4 !== 1) quote = this.#document.indexOf('"', quote + 1);
    return this.#document.slice(start, quote < 0 ? undefined : quote - 1);
  }

  drop(start: number, end: number): void {
    this.#text += this.#document.slice(this.#kept, start);
    this.#kept = end;
  }

  #backslashesBefore(at: number): number {
    let first = at;
    while (this.#document[first - 1] === BACKSLASH) first -= 1;
    return at - first;
  }
}
