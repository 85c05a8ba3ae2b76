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

const TRACE =
  '<Exception on server side:\n' +
  'java.util.concurrent.CompletionException: x.RestHandlerException: Jar file /tmp/a_b.jar does not exist\n' +
  '\tat org.apache.flink.runtime.webmonitor.handlers.utils.JarHandlerUtils$JarHandlerContext.toPackagedProgram(JarHandlerUtils.java:181)\n' +
  '\tat org.apache.flink.runtime.webmonitor.handlers.JarRunHandler.handleRequest(JarRunHandler.java:100)\n';

describe.each(PARSERS)('%s', (_name, parse) => {
  it('takes any JSON or refuses it', () => {
    const field = fc.constantFrom('files', 'filename', 'jobid', 'errors', 'id', 'name', 'uploaded');
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })));
    fc.assert(
      fc.property(value, (json) => {
        try {
          parse(json);
        } catch (error) {
          expect(error).toBeInstanceOf(MedicError);
          expect(error).toMatchObject({ code: 'schema' });
        }
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
  it('is a proof only where the jar is opened', () => {
    expect(parseNotStarted({ errors: ['Internal server error.', TRACE] })).toMatchObject({ jarMissing: true });
    const elsewhere = TRACE.replace('toPackagedProgram', 'toJobGraph');
    expect(parseNotStarted({ errors: ['Internal server error.', elsewhere] })).toBeUndefined();
  });

  it('is none when a program says the same', () => {
    const forged = TRACE.replace('<Exception on server side:\n', '');
    const wrapped = `x.RestHandlerException: Could not execute application.\n\tat a.B\nCaused by: ${forged}`;
    expect(parseNotStarted({ errors: [wrapped] })).toBeUndefined();
  });

  it('stays short, and fast, whatever is said', () => {
    const long = `x: ${': Jar file '.repeat(100_000)}`;
    const frame = TRACE.slice(TRACE.indexOf('\n\tat'));
    expect(parseNotStarted({ errors: [`${long}${frame}`] })?.started).toBe(false);
    expect(parseNotStarted({ errors: [`${long}${frame}`] })).toMatchObject({ detail: long.slice(0, 500) });
    expect(parseNotStarted({ errors: [long] })).toBeUndefined();
  });
});
