/**
 * Finds the wanted entries in the bytes of a Flink archive, `{"archive":[{"path":"…","json":"…"},…]}`, without ever
 * having the file in memory: it keeps the one string that it is collecting (bounded by `maxStringBytes`) and no other.
 * Any spacing and order of keys is read and unknown keys are skipped, although Flink (`FsJobArchivist`,
 * `FsJsonArchivist`) writes neither. One scanner reads one file; the archive reader feeds it.
 *
 * Speed comes from one place: nearly all bytes lie in strings, and `#scanString` walks through those in a loop with two
 * comparisons a byte. Everything between strings takes the slow, readable way through `#structure`.
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

type StringRole = 'key' | 'path' | 'json' | 'skipped';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

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

  /** The path and, still escaped, the document of the present entry. */
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

  /** Goes through the string that lies at `start`; returns the index after its closing quote, or the chunk's length. */
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
    if (role !== 'skipped') {
      this.#kept += end - start;
      if (this.#kept > this.#maxStringBytes) {
        this.#state = 'too_large';
        this.#pieces = [];
        return length;
      }
      if (!closed) this.#pieces.push(Buffer.from(chunk.subarray(start, end)));
    }
    if (!closed) return length;
    this.#role = undefined;
    if (role === 'skipped') {
      if (this.#expected !== 'skip') this.#expected = 'after_value';
    } else {
      this.#endString(role, this.#text(chunk, start, end), this.#offset + i);
    }
    return i + 1;
  }

  /** The text of the kept string whose last bytes are those from `start` to `end`. */
  #text(chunk: Buffer, start: number, end: number): string {
    if (this.#pieces.length === 0) return chunk.toString('utf8', start, end);
    // One decoding of all bytes: a chunk may end inside a character.
    const text = Buffer.concat([...this.#pieces, chunk.subarray(start, end)]).toString('utf8');
    this.#pieces = [];
    return text;
  }

  #endString(role: Exclude<StringRole, 'skipped'>, text: string, at: number): void {
    if (role === 'json') {
      // Not decoded before its path is known to be wanted.
      this.#json = text;
      this.#expected = 'after_value';
      return;
    }
    const decoded = this.#decode(text, at);
    if (decoded === undefined) return;
    if (role === 'path') this.#path = decoded;
    else this.#key = decoded;
    this.#expected = role === 'path' ? 'after_value' : 'colon';
  }

  #decode(text: string, at: number): string | undefined {
    try {
      const decoded: string = JSON.parse(`"${text}"`);
      return decoded;
    } catch {
      this.#fail(at, 'a bad escape or a control character in the string that ends here');
      return undefined;
    }
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
      else if (key === 'path') this.#beginString('path');
      else this.#beginJson();
    } else {
      this.#expected = 'skip';
      this.#skip(byte, at);
    }
  }

  #beginJson(): void {
    if (this.#path === undefined || this.#sink.wants(this.#path)) {
      this.#beginString('json');
    } else {
      this.#json = '';
      this.#beginString('skipped');
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
      if (this.#sink.wants(path)) this.#deliver(path, json, at);
    }
  }

  #deliver(path: string, json: string, at: number): void {
    const decoded = this.#decode(json, at);
    if (decoded !== undefined && !this.#sink.take(path, decoded)) this.#state = 'satisfied';
  }

  #fail(at: number, problem: string): void {
    this.#state = 'malformed';
    this.#problem = `byte ${at}: ${problem}`;
  }
}
