import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import { parseNotStarted, parseStarted } from '../../../src/flink/documents/jar-run.ts';
import { parseJars, parseUploadedJar } from '../../../src/flink/documents/jars.ts';

const PARSERS: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['parseJars', parseJars],
  ['parseUploadedJar', parseUploadedJar],
  ['parseStarted', parseStarted],
  ['parseNotStarted', parseNotStarted],
];

const FRAME = '\tat org.apache.flink.runtime.webmonitor.handlers';
const TRACE =
  '<Exception on server side:\n' +
  'java.util.concurrent.CompletionException: x.RestHandlerException: Jar file /tmp/a_b.jar does not exist\n' +
  `${FRAME}.utils.JarHandlerUtils$JarHandlerContext.toPackagedProgram(JarHandlerUtils.java:181)\n` +
  `${FRAME}.utils.JarHandlerUtils$JarHandlerContext.applyToConfiguration(JarHandlerUtils.java:150)\n` +
  `${FRAME}.JarRunHandler.handleRequest(JarRunHandler.java:100)\n`;

function isHarmless(parse: (value: unknown) => unknown, value: unknown): boolean {
  try {
    parse(value);
    return true;
  } catch (error) {
    return error instanceof MedicError && error.code === 'schema';
  }
}

describe.each(PARSERS)('%s', (_name, parse) => {
  it('takes any JSON or refuses it', () => {
    const field = fc.constantFrom('files', 'filename', 'jobid', 'errors', 'id', 'name', 'uploaded');
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })));
    fc.assert(
      fc.property(value, (json) => {
        expect(isHarmless(parse, json)).toBe(true);
      }),
    );
  });
});

describe('parseUploadedJar', () => {
  it.each([
    ['/tmp/flink-web-upload/1_a.jar', '1_a.jar'],
    ['C:\\temp\\1_a.jar', '1_a.jar'],
    ['1_a.jar', '1_a.jar'],
  ])('of %s is %s', (filename, id) => {
    expect(parseUploadedJar({ filename, status: 'success' })).toBe(id);
  });

  it.each([[{ filename: '' }], [{ filename: '/tmp/' }], [{}]])('refuses %j', (value) => {
    expect(() => parseUploadedJar(value)).toThrow('/jars/upload: filename: ');
  });
});

describe('parseNotStarted', () => {
  it('is a proof only while the request is prepared', () => {
    expect(parseNotStarted({ errors: ['Internal server error.', TRACE] })).toMatchObject({ jarMissing: true });
    // What comes after may have handed the program over already.
    const later = TRACE.replaceAll('utils.JarHandlerUtils$JarHandlerContext', 'JarRunHandler');
    expect(parseNotStarted({ errors: ['Internal server error.', later] })).toBeUndefined();
    const otherHandler = TRACE.replace('JarRunHandler', 'JarPlanHandler');
    expect(parseNotStarted({ errors: ['Internal server error.', otherHandler] })).toBeUndefined();
  });

  it('is none when a program says the same', () => {
    const forged = TRACE.replace('<Exception on server side:\n', '');
    const wrapped = `x.RestHandlerException: Could not execute application.\n\tat a.B\nCaused by: ${forged}`;
    expect(parseNotStarted({ errors: [wrapped] })).toBeUndefined();
    expect(parseNotStarted({ errors: [`<Exception on server side:\n${wrapped}`] })).toBeUndefined();
  });

  it('stays short, and fast, whatever is said', () => {
    const long = `x: ${': Jar file '.repeat(100_000)}`;
    const frames = TRACE.slice(TRACE.indexOf('\n\tat'));
    const text = `<Exception on server side:\n${long}${frames}`;
    expect(parseNotStarted({ errors: [text] })).toEqual({
      started: false,
      jarMissing: false,
      detail: long.slice(0, 500),
    });
    expect(parseNotStarted({ errors: [frames.repeat(10_000)] })).toBeUndefined();
    expect(parseNotStarted({ errors: [long] })).toBeUndefined();
  });
});
