import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRoutePrefix } from '../../src/http/route-prefix.ts';
import { makeApp, outcome } from './support.ts';

test.each([
  ['', ''],
  ['/', ''],
  ['ops', '/ops'],
  ['/ops/', '/ops'],
  ['//a//b.c_d~e-1/', '/a/b.c_d~e-1'],
])('%j is %j', (text, prefix) => {
  expect(parseRoutePrefix(text)).toBe(prefix);
});

test.each(['/:x', '/a b', '/a*', '/a?b', '/%41', '/../x', '/a/.', '/ä', '/{a}', 'https://h/x'])(
  'refuses %j',
  (text) => {
    expect(() => parseRoutePrefix(text)).toThrow(expect.objectContaining({ code: 'config' }));
  },
);

test('what it accepts, Express accepts as it stands', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 3 }), fc.stringMatching(/^[\w./~-]*$/)), (text) => {
      fc.pre(outcome(() => parseRoutePrefix(text)) === 'accepted');
      const prefix = parseRoutePrefix(text);
      expect(parseRoutePrefix(prefix)).toBe(prefix);
      makeApp({ routePrefix: prefix });
    }),
  );
});
