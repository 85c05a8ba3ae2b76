/**
 * Finds the wanted entries in the bytes of a Flink archive, `{"archive":[{"path":"…","json":"…"},…]}`, without ever
 * having the file in memory: it keeps the one string that it is collecting (bounded by `maxStringBytes`) and no other.
 * Any spacing and order of keys is read and unknown keys are skipped, although Flink (`FsJobArchivist`,
 * `FsJsonArchivist`) writes neither. One scanner reads one file; the archive reader feeds it.
 *
 * It serves what `findDocuments` does not find: strings, nearly all bytes, go through a loop with two comparisons a byte,
 * and what is between strings takes the slow, readable way through `#structure`.
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
/** What makes the text of a string differ from what it stands for, or not allowed. */
const ESCAPE_OR_CONTROL = /[\\\p{Cc}]/u;

export class ByteScanner {
  readonly #sink: EntrySink;
  readonly #maxStringBytes: number;
  #state: ScanState = 'open';
  #problem = '';
  /** Bytes of the chunks before the present one. */
  #offset = 0;

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
    return closed ? end + 1 : length;
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

/** The text of a JSON string with its quotes; undefined when it is none. */
function decode(literal: string): string | undefined {
  try {
    const text: string = JSON.parse(literal);
    return text;
  } catch {
    return undefined;
  }
}
