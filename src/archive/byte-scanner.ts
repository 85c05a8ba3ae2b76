/**
 * Finds the wanted entries in the bytes of a Flink archive, `{"archive":[{"path":"…","json":"…"},…]}`, without ever
 * having the file in memory: it keeps the one string that it is collecting (bounded by `maxStringBytes`) and no other.
 * Any spacing and order of keys is read and unknown keys are skipped, although Flink (`FsJobArchivist`,
 * `FsJsonArchivist`) writes neither. One scanner reads one file; the archive reader feeds it.
 *
 * Speed: nearly all bytes lie in documents, and `#jump` goes over those from entry to entry when they follow each other
 * as Flink writes them. Other strings go through a loop with two comparisons a byte, and what is between strings
 * takes the slow, readable way through `#structure`.
 */

/**
 * - `open`: more bytes are needed;
 * - `satisfied`: the caller wants no further entry;
 * - `complete`: the closing bracket of the array was seen (what follows it is not looked at);
 * - `malformed`: not JSON, or not an archive; `problem` says what and at which byte;
 * - `too_large`: a string that had to be kept is longer than the limit.
 */
export type ScanState = 'open' | 'satisfied' | 'complete' | 'malformed' | 'too_large';

export interface EntrySink {
  /** Whether the document of this path is to be kept. */
  wants(path: string): boolean;
  /** Takes a wanted document (serialised JSON); `false` ends the scan. */
  take(path: string, json: string): boolean;
}

/** What may come next, outside of strings. `skip` is the value of an unknown key. */
type Expected =
  | 'document'
  | 'first_key'
  | 'key'
  | 'colon'
  | 'value'
  | 'skip'
  | 'after_value'
  | 'first_entry'
  | 'entry'
  | 'after_entry';

type KeptRole = 'key' | 'path' | 'json';
/** Not kept are unwanted documents, and strings in the values of unknown keys. */
type StringRole = KeptRole | 'unwanted' | 'skipped';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** In the text of a document a backslash would precede the quote, so this is found nearly only in the key of an entry. */
const PATH_KEY_END = Buffer.from('path"');
/** What Flink writes between two documents: from the quote of one to the path of the next. */
const BETWEEN = Buffer.from('"},{"path":"');
const BEFORE_KEY_END = BETWEEN.indexOf(PATH_KEY_END);
/** The first quote after the end of a string. In a document a backslash precedes every quote. */
const OPENING_QUOTE = /[{,\s]"/g;
/** What Flink writes between a path's quote and the document. */
const NEXT_JSON = Buffer.from(',"json":"');
/** What makes the text of a string differ from what it stands for, or not allowed. */
const ESCAPE_OR_CONTROL = /[\\\p{Cc}]/u;

export class ByteScanner {
  readonly #sink: EntrySink;
  readonly #maxStringBytes: number;
  #state: ScanState = 'open';
  #problem = '';
  /** Bytes of the chunks before the present one. */
  #offset = 0;
  /** Where in the present chunk the next `PATH_KEY_END` is, so that no byte is searched twice. */
  #nextPathKey = -1;
  /** The same of `OPENING_QUOTE`, for which the chunk has to be a text. */
  #nextOpening = -1;
  #text: string | undefined;

  #expected: Expected = 'document';
  #inEntry = false;
  #key = '';
  /** Brackets open inside a skipped value; a count, so that no depth of nesting costs memory. */
  #depth = 0;

  /** What the present entry has said so far. */
  #path: string | undefined;
  #json: string | undefined;

  /** The string that the last chunk ended in, its bytes so far, and whether they end in half an escape. */
  #role: StringRole | undefined;
  #pieces: Buffer[] = [];
  #kept = 0;
  #escaped = false;

  /** @param maxStringBytes longest key, path or wanted document that is kept, as it is in the file. */
  constructor(sink: EntrySink, maxStringBytes: number) {
    this.#sink = sink;
    this.#maxStringBytes = maxStringBytes;
  }

  get state(): ScanState {
    return this.#state;
  }

  /** What is wrong with a malformed file, and where. */
  get problem(): string {
    return this.#problem;
  }

  /** Scans the next bytes of the file. The buffer may be used again afterwards; after the end bytes are ignored. */
  push(chunk: Buffer): ScanState {
    this.#nextPathKey = -1;
    this.#nextOpening = -1;
    this.#text = undefined;
    let i = 0;
    while (i < chunk.length && this.#state === 'open') {
      if (this.#role !== undefined) {
        i = this.#scanString(chunk, i, this.#role);
      } else {
        this.#structure(chunk[i] ?? 0, this.#offset + i);
        i += 1;
      }
    }
    this.#offset += chunk.length;
    return this.#state;
  }

  /** Goes through the string whose text is at `start`; returns the index after its closing quote, or the chunk's length. */
  #scanString(chunk: Buffer, start: number, role: StringRole): number {
    const next = this.#jump(chunk, start, role);
    if (next !== undefined) return next;
    const length = chunk.length;
    let i = this.#escaped ? start + 1 : start;
    while (i < length) {
      const byte = chunk[i];
      if (byte === BACKSLASH) i += 2;
      else if (byte === QUOTE) break;
      else i += 1;
    }
    this.#escaped = i > length;
    const end = Math.min(i, length);
    const closed = i < length;
    if (role !== 'unwanted' && role !== 'skipped')
      this.#keep(role, chunk.subarray(start, end), closed, this.#offset + end);
    else if (closed) this.#endString(role, '');
    if (!closed) return length;
    return role === 'path' ? this.#jumpToJson(chunk, end + 1) : end + 1;
  }

  /**
   * Leaves a document at once if the next entry follows it without spaces; returns the index where that entry's path starts,
   * or after the brace of the last wanted one.
   * Another program might put more between the two: other keys, or an entry whose key "path" is spelt with escapes. Then the
   * document goes the slow way, as does a wanted one that does not decode.
   */
  #jump(chunk: Buffer, start: number, role: StringRole): number | undefined {
    if (this.#escaped || this.#path === undefined || (role !== 'unwanted' && role !== 'json')) return undefined;
    const quote = this.#quoteBeforeEntry(chunk, start);
    if (quote === undefined) return undefined;
    if (role === 'unwanted') {
      if (this.#openingQuote(chunk, start) < quote) return undefined;
      this.#endString(role, '');
    } else {
      const whole = start > 0 && quote - start <= this.#maxStringBytes;
      const text = whole ? decode(chunk.toString('utf8', start - 1, quote + 1)) : undefined;
      if (text === undefined) return undefined;
      this.#endString(role, text);
    }
    this.#endObject(this.#offset + quote + 1);
    if (this.#state !== 'open') return quote + 2;
    this.#inEntry = true;
    this.#beginString('path');
    return quote + BETWEEN.length;
  }

  /** Goes from behind a path's quote at once to the text of its document, if that follows without spaces. */
  #jumpToJson(chunk: Buffer, start: number): number {
    const path = this.#path;
    if (this.#state !== 'open' || path === undefined || this.#json !== undefined) return start;
    if (!startsWith(chunk, start, NEXT_JSON)) return start;
    this.#beginString(this.#sink.wants(path) ? 'json' : 'unwanted');
    return start + NEXT_JSON.length;
  }

  /** The quote from `start` on that ends a document for sure if the next key "path" is that of the next entry. */
  #quoteBeforeEntry(chunk: Buffer, start: number): number | undefined {
    if (this.#nextPathKey < start) {
      const found = chunk.indexOf(PATH_KEY_END, start);
      this.#nextPathKey = found < 0 ? chunk.length : found;
    }
    const quote = this.#nextPathKey - BEFORE_KEY_END;
    if (quote < start || chunk[quote - 1] === BACKSLASH) return undefined;
    return startsWith(chunk, quote, BETWEEN) ? quote : undefined;
  }

  /** Where, from `start` on, a quote follows what comes before an opening one; the chunk's length when none does. */
  #openingQuote(chunk: Buffer, start: number): number {
    if (this.#nextOpening < start) {
      const text = (this.#text ??= chunk.toString('latin1'));
      OPENING_QUOTE.lastIndex = start;
      this.#nextOpening = OPENING_QUOTE.test(text) ? OPENING_QUOTE.lastIndex - 1 : chunk.length;
    }
    return this.#nextOpening;
  }

  /** Collects bytes of a string; `at` is where they end in the file. */
  #keep(role: KeptRole, bytes: Buffer, closed: boolean, at: number): void {
    this.#kept += bytes.length;
    if (this.#kept > this.#maxStringBytes) {
      this.#state = 'too_large';
    } else if (!closed) {
      this.#pieces.push(Buffer.from(bytes));
    } else {
      // All bytes are decoded at once: a chunk may end inside a character.
      const whole = this.#pieces.length === 0 ? bytes : Buffer.concat([...this.#pieces, bytes]);
      this.#pieces = [];
      const written = whole.toString('utf8');
      const text = ESCAPE_OR_CONTROL.test(written) ? decode(`"${written}"`) : written;
      if (text === undefined) this.#fail(at, 'a bad escape or a control character in the string that ends here');
      else this.#endString(role, text);
    }
  }

  #endString(role: StringRole, text: string): void {
    this.#role = undefined;
    if (role === 'skipped') return;
    this.#expected = role === 'key' ? 'colon' : 'after_value';
    if (role === 'key') this.#key = text;
    else if (role === 'path') this.#path = text;
    else this.#json = text;
  }

  #structure(byte: number, at: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    switch (this.#expected) {
      case 'document':
        if (byte === OPEN_BRACE) this.#expected = 'first_key';
        else this.#fail(at, 'an archive starts with {');
        return;
      case 'first_key':
      case 'key':
        if (byte === QUOTE) this.#beginString('key');
        else if (byte === CLOSE_BRACE && this.#expected === 'first_key') this.#endObject(at);
        else this.#fail(at, 'expected a key');
        return;
      case 'colon':
        if (byte === COLON) this.#expected = 'value';
        else this.#fail(at, 'expected a colon');
        return;
      case 'value':
        this.#beginValue(byte, at);
        return;
      case 'skip':
        this.#skip(byte, at);
        return;
      case 'after_value':
        if (byte === COMMA) this.#expected = 'key';
        else if (byte === CLOSE_BRACE) this.#endObject(at);
        else this.#fail(at, 'expected a comma or }');
        return;
      case 'first_entry':
      case 'entry':
        if (byte === OPEN_BRACE) {
          this.#inEntry = true;
          this.#expected = 'first_key';
        } else if (byte === CLOSE_BRACKET && this.#expected === 'first_entry') this.#state = 'complete';
        else this.#fail(at, 'expected an entry');
        return;
      case 'after_entry':
        if (byte === COMMA) this.#expected = 'entry';
        else if (byte === CLOSE_BRACKET) this.#state = 'complete';
        else this.#fail(at, 'expected a comma or ]');
        return;
    }
  }

  #beginString(role: StringRole): void {
    this.#role = role;
    this.#kept = 0;
  }

  #beginValue(byte: number, at: number): void {
    const key = this.#key;
    if (!this.#inEntry && key === 'archive') {
      if (byte === OPEN_BRACKET) this.#expected = 'first_entry';
      else this.#fail(at, '"archive" is not a list');
    } else if (this.#inEntry && (key === 'path' || key === 'json')) {
      if (byte !== QUOTE) this.#fail(at, `"${key}" is not a string`);
      else if ((key === 'path' ? this.#path : this.#json) !== undefined) this.#fail(at, `"${key}" occurs twice`);
      else if (key === 'path' || this.#path === undefined) this.#beginString(key);
      else this.#beginString(this.#sink.wants(this.#path) ? 'json' : 'unwanted');
    } else {
      this.#expected = 'skip';
      this.#skip(byte, at);
    }
  }

  /** Values of unknown keys are not checked: their brackets are counted until the comma or brace that ends them. */
  #skip(byte: number, at: number): void {
    if (byte === QUOTE) this.#beginString('skipped');
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
    else if (this.#depth > 0) {
      if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1;
    } else if (byte === COMMA) this.#expected = 'key';
    else if (byte === CLOSE_BRACE) this.#endObject(at);
    else if (byte === CLOSE_BRACKET) this.#fail(at, 'expected a comma or }');
  }

  #endObject(at: number): void {
    const path = this.#path;
    const json = this.#json;
    if (!this.#inEntry) {
      this.#fail(at, 'no "archive" in it');
    } else if (path === undefined || json === undefined) {
      this.#fail(at, 'an entry needs "path" and "json"');
    } else {
      this.#path = undefined;
      this.#json = undefined;
      this.#inEntry = false;
      this.#expected = 'after_entry';
      if (this.#sink.wants(path) && !this.#sink.take(path, json)) this.#state = 'satisfied';
    }
  }

  #fail(at: number, problem: string): void {
    this.#state = 'malformed';
    this.#problem = `byte ${at}: ${problem}`;
  }
}

/** Of few bytes, for which a call of `Buffer.compare` would cost more. */
function startsWith(chunk: Buffer, at: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (chunk[at + i] !== bytes[i]) return false;
  return true;
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
