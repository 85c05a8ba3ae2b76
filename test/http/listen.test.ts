import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseListenAddress } from '../../src/http/listen.ts';
import { outcome } from './support.ts';

describe('parseListenAddress', () => {
  test.each([
    [':10082', { port: 10_082 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:9100', { host: '::1', port: 9100 }],
    ['[fe80::1%eth0]:9100', { host: 'fe80::1%eth0', port: 9100 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ])('%s', (address, options) => {
    expect(parseListenAddress(address)).toEqual({ name: address, options });
  });

  test.each([
    '',
    ':',
    '10082',
    'localhost',
    ':http',
    '::1:9100',
    ':65536',
    ':-1',
    ':1 ',
    'http://h:1',
    'vsock://:9100',
    '[]:1',
    'h:1\n',
  ])('refuses %j and says what to write', (address) => {
    expect(() => parseListenAddress(address)).toThrow(
      expect.objectContaining({
        code: 'listen',
        message: expect.stringMatching(/^--web\.listen-address: ".*write :10082/),
      }),
    );
  });

  test('accepts or refuses whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\[?[\w.:%]*\]?:\d{1,6}$/)), (address) => {
        expect(['accepted', 'refused']).toContain(outcome(() => parseListenAddress(address)));
      }),
    );
  });
});
