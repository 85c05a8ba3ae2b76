import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeBuilder } from '../../src/archive/archive-outcome.ts';
import {
  excerpt,
  leaveOut,
  leaveOutFlat,
  leaveOutFrames,
  leaveOutHead,
  leaveOutRest,
} from '../../src/archive/excerpt.ts';
import type { ExceptionEntry } from '../../src/core/facts.ts';
import { lastFailureOf } from '../../src/core/root-cause.ts';
import { parseCheckpointStatistics } from '../../src/flink/documents/checkpoint-statistics.ts';
import { parseExceptionHistory } from '../../src/flink/documents/exception-history.ts';
import { parseJobDetails } from '../../src/flink/documents/job-details.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { recordedArchives } from './recorded-archives.ts';

const RUNS = 1_000;

/** What is left of a document: as an archive has it, a string of JSON that says JSON. */
function excerptOf(document: unknown, cuts: Parameters<typeof excerpt>[1]): unknown {
  return JSON.parse(JSON.parse(excerpt(JSON.stringify(JSON.stringify(document)), cuts)));
}

/** What is told of a failure but its trace. */
function withoutTrace({ concurrent, ...entry }: ExceptionEntry): ExceptionEntry {
  return { ...entry, stacktrace: '', concurrent: concurrent.map((other) => withoutTrace(other)) };
}

/** What is left of an entry with this trace. */
function traceOf(stacktrace: string): unknown {
  return excerptOf({ name: '', stacktrace, timestamp: 1 }, [leaveOutFrames('},{"next":')]);
}

/** What archives leave out of a document. */
function cutsOf(path: string): Parameters<typeof excerpt>[1] {
  const cuts = new OutcomeBuilder('x').missing.find((wanted) => wanted.path === `/jobs/x${path}`)?.cuts;
  if (cuts === undefined) throw new Error(`nothing is left out of ${path}`);
  return cuts;
}

describe('an excerpt', () => {
  const middle = leaveOut(',"a":', ',"z":');

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
    expect(excerptOf({ x: 1, a: 2, z: 3, rest: [4] }, [middle, leaveOutRest(',"rest":[', ']')])).toEqual({
      x: 1,
      z: 3,
    });
    expect(excerptOf({ x: 1, rest: [4] }, [middle, leaveOutRest(',"rest":[', ']')])).toEqual({ x: 1 });
  });

  it('lacks flat objects', () => {
    const flat = leaveOutFlat(',"a":{');
    const left = excerptOf([{ x: ',"a":{', a: { b: 1, c: 2 } }, { y: 1, a: {}, z: 2 }, { a: { b: 3 } }], [flat]);
    expect(left).toEqual([{ x: ',"a":{' }, { y: 1, z: 2 }, { a: { b: 3 } }]);
  });

  it('keeps a list, and what comes after it, where something else ends the document', () => {
    const rest = leaveOutRest(',"rest":[', ']');
    const deeper = { x: 1, rest: [4], z: { y: 2 } };
    expect(excerptOf(deeper, [rest])).toEqual(deeper);
    expect(excerptOf({ x: 1, a: 2, z: 3, rest: [4], y: 5 }, [middle, rest])).toEqual({ x: 1, z: 3, rest: [4], y: 5 });
  });

  it('lacks what begins the document', () => {
    const head = leaveOutHead('{"a":', ',"z":');
    expect(excerptOf({ a: { b: 2 }, z: 3, x: { a: 4, z: 5 } }, [head])).toEqual({ z: 3, x: { a: 4, z: 5 } });
    expect(excerptOf({ x: { a: 4, z: 5 } }, [head])).toEqual({ x: { a: 4, z: 5 } });
    expect(excerptOf({ a: 4 }, [head])).toEqual({ a: 4 });
  });

  it.each([
    ['what is left out begins', ',\\"a\\":'],
    ['a trace begins', ',\\"stacktrace\\":\\"'],
    ['a trace is empty', ',\\"stacktrace\\":\\"\\",\\"timestamp\\":1'],
    ['it quotes', ',\\"stacktrace\\":\\"\\\\\\"\\\\\\"'],
  ])('takes time as the document is long, however often %s', (_, begin) => {
    const document = `"${begin.repeat(100_000)}"`;
    const started = process.cpuUsage();
    expect(excerpt(document, [middle, leaveOutFrames(',"z":')])).toBe(document);
    const { user, system } = process.cpuUsage(started);
    expect(user + system).toBeLessThan(2_000_000);
  });

  it.each(['\\\\nCaused by: ', '\\\\n\\\\nCaused by: ', '\\\\n'])(
    'takes time as a trace is long, of many %s',
    (line) => {
      const document = `"{\\"a\\":1,\\"stacktrace\\":\\"a${line.repeat(100_000)}\\",\\"timestamp\\":1}"`;
      const started = process.cpuUsage();
      expect(excerpt(document, [leaveOutFrames(',"z":')]).length).toBeLessThanOrEqual(document.length);
      const { user, system } = process.cpuUsage(started);
      expect(user + system).toBeLessThan(2_000_000);
    },
  );

  it('is the document where nothing is left out', () => {
    for (const document of [{ x: 1 }, { z: 1, a: 2 }, [], 'a', ',"a":,"z":']) {
      expect(excerptOf(document, [middle])).toEqual(document);
    }
  });
});

describe('of stack traces', () => {
  it.each([
    ['keep what names an exception', 'a.B: x\n\tat f\n\tat g\n', 'a.B: x'],
    [
      'keep each cause, and the line before it',
      'a.B: x\n\tat f\n\tat g\nCaused by: c.D: y\n\tat h\n\tat i\n\t... 3 more\nCaused by: e.F\n\t... 4 more\n',
      'a.B: x\n\tat g\nCaused by: c.D: y\n\t... 3 more\nCaused by: e.F',
    ],
    ['keep a cause at once', 'a.B\nCaused by: c.D\nCaused by: e.F', 'a.B\nCaused by: c.D\nCaused by: e.F'],
    ['keep one line', 'a.B: "x" \\', 'a.B: "x" \\'],
    ['keep all behind a line that ends in a backslash', 'a.B: x\\\n\tat f\n', 'a.B: x\\\n\tat f\n'],
    ['keep all behind what is no end of a line', 'a.B: C:\\new\n\tat f\n', 'a.B: C:\\new\n\tat f\n'],
    [
      'keep all behind a doubtful cause',
      'a.B\n\tat f\\\nCaused by: c.D\n\tat g',
      'a.B\n\tat f\\\nCaused by: c.D\n\tat g',
    ],
    [
      'keep all behind a line before a cause of which the beginning is in doubt',
      'a.B\n\tat f\n\tat C:\\new\nCaused by: c.D\n\tat g',
      'a.B\n\tat f\n\tat C:\\new\nCaused by: c.D\n\tat g',
    ],
  ])('%s', (_, trace, left) => {
    expect(traceOf(trace)).toEqual({ name: '', stacktrace: left, timestamp: 1 });
  });

  it('ends with the text, whatever quotes are in it', () => {
    const first = { name: '', stacktrace: 'a "b" \\" \\\\\n\tat "c"', timestamp: 1 };
    const second = { name: '', stacktrace: 'd "\n\tat "e"\n\tat f', timestamp: 1 };
    const left = excerptOf([first, second], [leaveOutFrames('},{"next":')]);
    expect(left).toEqual([first, { ...second, stacktrace: 'd "' }]);
  });

  it('keeps what comes behind', () => {
    const trace = { name: '', stacktrace: 'a\n\tat b', timestamp: 1 };
    const entries = [trace, { next: 1, ...trace }];
    expect(excerptOf(entries, [leaveOutFrames('},{"next":')])).toEqual([{ ...trace, stacktrace: 'a' }, entries[1]]);
  });

  it.each([
    { stacktrace: 'a\nb\nc' },
    { b: '', stacktrace: 'a\nb\nc' },
    { b: '', stacktrace: 'a\nb\nc', d: '' },
    { b: '', stacktrace: 'a\nb\nc', timestamp: '1' },
    { 'b","stacktrace': 'a\nb\nc' },
  ])('keeps the label of %j', (failureLabels) => {
    const failure = { name: '', stacktrace: 'a', timestamp: 1, failureLabels, taskName: 'e' };
    expect(excerptOf([failure], [leaveOutFrames('},{"next":')])).toEqual([failure]);
  });
});

describe.each(recordedArchives())('of the archive $title', ({ jobId, bytes }) => {
  const { archive } = JSON.parse(String(bytes)) as { archive: { path: string; json: string }[] };
  const documentAt = (path: string): object =>
    JSON.parse(archive.find((entry) => entry.path === `/jobs/${jobId}${path}`)?.json ?? '{}') as object;

  it('details say the same in less', () => {
    const document = documentAt('');
    const left = excerptOf(document, cutsOf('')) as object;
    expect(parseJobDetails(left)).toEqual(parseJobDetails(document));
    expect(JSON.stringify(left)).not.toMatch(/"metrics":|"nodes":/);
    const keys = Object.keys(document).filter((key) => key !== 'plan');
    expect(Object.keys(left).filter((key) => key !== 'plan')).toEqual(keys);
  });

  it('checkpoints say the same in less', () => {
    const document = documentAt('/checkpoints');
    const left = excerptOf(document, cutsOf('/checkpoints')) as object;
    expect(parseCheckpointStatistics(left)).toEqual(parseCheckpointStatistics(document));
    expect(Object.keys(left)).toEqual(Object.keys(document).filter((key) => key !== 'summary' && key !== 'history'));
  });

  it('exceptions say how many there are, and the newest, in a quarter', () => {
    const document = documentAt('/exceptions');
    const history = parseExceptionHistory(document);
    const left = excerptOf(document, cutsOf('/exceptions'));
    const said = parseExceptionHistory(left);
    const [newest, ...older] = history.entries;
    expect(said.entries.map(withoutTrace)).toEqual([
      ...(newest === undefined ? [] : [withoutTrace(newest)]),
      ...older.map((entry) => ({ ...entry, exceptionName: '', stacktrace: '' })),
    ]);
    expect(lastFailureOf(said)).toEqual(lastFailureOf(history));
    const failed = newest !== undefined;
    expect(JSON.stringify(left).length < JSON.stringify(document).length / 4).toBe(failed);
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
  const lines = [
    '\n',
    '\\n',
    '\\',
    'Caused by: ',
    '\nCaused by: ',
    '\tat a.B.c(B.java:1)',
    'a.B',
    'c.D: e',
    '"stacktrace":"',
  ];
  const trace = fc.oneof(text, fc.string({ unit: fc.constantFrom(...lines), maxLength: 16 }));
  const failure = {
    exceptionName: text,
    stacktrace: trace,
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
      const left = parseExceptionHistory(excerptOf(whole, cutsOf('/exceptions')));
      const all = parseExceptionHistory(whole);
      expect(left.entries.slice(0, 1).map(withoutTrace)).toEqual(all.entries.slice(0, 1).map(withoutTrace));
      expect(lastFailureOf(left)).toEqual(lastFailureOf(all));
      expect(left.entries.map(({ timestamp }) => timestamp)).toEqual(all.entries.map(({ timestamp }) => timestamp));
      expect(left.truncated).toBe(all.truncated);
    }),
    fuzzed(RUNS),
  );
});
