import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeBuilder } from '../../src/archive/archive-outcome.ts';
import { excerpt, leftOut } from '../../src/archive/excerpt.ts';
import { parseCheckpointStatistics } from '../../src/flink/documents/checkpoint-statistics.ts';
import { parseExceptionHistory } from '../../src/flink/documents/exception-history.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { recordedArchives } from './recorded-archives.ts';

const RUNS = 1_000;

/** What is left of a document: as an archive has it, a string of JSON that says JSON. */
function excerptOf(document: unknown, cuts: Parameters<typeof excerpt>[1]): unknown {
  const left = excerpt(Buffer.from(JSON.stringify(JSON.stringify(document))), cuts);
  return left === undefined ? undefined : (JSON.parse(JSON.parse(left)) as unknown);
}

/** What archives leave out of a document. */
function cutsOf(path: string): Parameters<typeof excerpt>[1] {
  const cuts = new OutcomeBuilder('x').missing.find((wanted) => wanted.path === `/jobs/x${path}`)?.leftOut;
  if (cuts === undefined) throw new Error(`nothing is left out of ${path}`);
  return cuts;
}

describe('an excerpt', () => {
  const middle = leftOut(',"a":', ',"z":');

  it.each<[string, unknown, unknown]>([
    ['lacks what is left out', { x: 1, a: { b: [2] }, z: 3 }, { x: 1, z: 3 }],
    [
      'lacks it each time',
      [
        { x: 1, a: 2, z: 3 },
        { x: 4, a: 5, b: 6, z: 7 },
      ],
      [
        { x: 1, z: 3 },
        { x: 4, z: 7 },
      ],
    ],
    [
      'keeps what has no end',
      [
        { x: 1, a: 2 },
        { x: 4, a: 5, z: 7 },
      ],
      [
        { x: 1, a: 2 },
        { x: 4, z: 7 },
      ],
    ],
    [
      'keeps what a text says',
      { x: ',"a":1,"z":', a: ',"z":', z: '",\\"a\\":' },
      { x: ',"a":1,"z":', z: '",\\"a\\":' },
    ],
    ['keeps characters of several bytes', { x: 'é€😀', a: 1, z: '😀' }, { x: 'é€😀', z: '😀' }],
  ])('%s', (_, document, left) => {
    expect(excerptOf(document, [middle])).toEqual(left);
  });

  it('ends where the rest is left out', () => {
    expect(excerptOf({ x: 1, a: 2, z: 3, rest: [4] }, [middle, leftOut(',"rest":[')])).toEqual({ x: 1, z: 3 });
    expect(excerptOf({ x: 1, rest: [4] }, [middle, leftOut(',"rest":[')])).toEqual({ x: 1 });
  });

  it('keeps a list, and what comes after it, where something else ends the document', () => {
    const rest = leftOut(',"rest":[');
    expect(excerptOf({ x: 1, rest: [4], z: { y: 2 } }, [rest])).toBeUndefined();
    expect(excerptOf({ x: 1, a: 2, z: 3, rest: [4], y: 5 }, [middle, rest])).toEqual({ x: 1, z: 3, rest: [4], y: 5 });
  });

  it('takes time as the document is long, however often what is left out begins', () => {
    const document = Buffer.from(`"${',\\"a\\":'.repeat(100_000)}"`);
    const started = process.cpuUsage();
    expect(excerpt(document, [middle])).toBeUndefined();
    const { user, system } = process.cpuUsage(started);
    expect(user + system).toBeLessThan(2_000_000);
  });

  it('is none where nothing is left out', () => {
    for (const document of [{ x: 1 }, { z: 1, a: 2 }, [], 'a', ',"a":,"z":']) {
      expect(excerptOf(document, [middle])).toBeUndefined();
    }
  });
});

describe.each(recordedArchives())('of the archive $title', ({ jobId, bytes }) => {
  const { archive } = JSON.parse(String(bytes)) as { archive: { path: string; json: string }[] };
  const documentAt = (path: string): object =>
    JSON.parse(archive.find((entry) => entry.path === `/jobs/${jobId}${path}`)?.json ?? '{}') as object;

  it('checkpoints say the same in less', () => {
    const document = documentAt('/checkpoints');
    const left = excerptOf(document, cutsOf('/checkpoints')) ?? document;
    expect(parseCheckpointStatistics(left)).toEqual(parseCheckpointStatistics(document));
    expect(Object.keys(left)).toEqual(Object.keys(document).filter((key) => key !== 'summary' && key !== 'history'));
  });

  it('exceptions say how many there are, and the newest', () => {
    const document = documentAt('/exceptions');
    const { entries } = parseExceptionHistory(document);
    const said = parseExceptionHistory(excerptOf(document, cutsOf('/exceptions')) ?? document);
    const [newest, ...older] = entries;
    expect(said.entries).toEqual([
      ...(newest === undefined ? [] : [newest]),
      ...older.map((entry) => ({ ...entry, exceptionName: '', stacktrace: '' })),
    ]);
  });
});

it('says of whatever failed how often, and the newest failure', { timeout: fuzzTimeout(RUNS) }, () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '{', '}', ']', ',', ':', ']},{"exceptionName":"', ',"timestamp":', '\n', 'é', '😀'),
      fc.string(),
    ),
    maxLength: 8,
  });
  const failure = {
    exceptionName: text,
    stacktrace: text,
    timestamp: fc.nat(),
    failureLabels: fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      text,
      { maxKeys: 2, noNullPrototype: true },
    ),
    taskName: fc.option(text),
  };
  const entry = fc.record({ ...failure, concurrentExceptions: fc.array(fc.record(failure), { maxLength: 3 }) });
  const history = fc.record({ entries: fc.array(entry, { maxLength: 4 }), truncated: fc.boolean() });
  const old = { 'root-exception': text, timestamp: fc.nat(), 'all-exceptions': fc.array(fc.record(failure)) };
  const document = fc.oneof(fc.record({ exceptionHistory: history }), fc.record({ ...old, exceptionHistory: history }));
  fc.assert(
    fc.property(document, (whole) => {
      const left = parseExceptionHistory(excerptOf(whole, cutsOf('/exceptions')) ?? whole);
      const all = parseExceptionHistory(whole);
      expect(left.entries[0]).toEqual(all.entries[0]);
      expect(left.entries.map(({ timestamp }) => timestamp)).toEqual(all.entries.map(({ timestamp }) => timestamp));
      expect(left.truncated).toBe(all.truncated);
    }),
    fuzzed(RUNS),
  );
});
