import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { subjectAltNames } from '../../src/http/subject-alt-names.ts';
import { createAuthority } from '../support/certificates.ts';

test('reads what Node makes of a certificate', () => {
  const names = ['DNS:am.example', 'IP:127.0.0.1', 'email:am@example.org', 'URI:spiffe://example/am'];
  const { cert } = createAuthority().issue('am', names);
  const text = new X509Certificate(cert).subjectAltName ?? '';
  expect(subjectAltNames(text)).toEqual(['am.example', '127.0.0.1', 'am@example.org', 'spiffe://example/am']);
});

test('a name that holds separators is one name', () => {
  expect(subjectAltNames('DNS:"a.example, DNS:admin.example", URI:b:c')).toEqual([
    'a.example, DNS:admin.example',
    'b:c',
  ]);
  expect(subjectAltNames('DirName:"CN = admin", Registered ID:1.2.3, DNS:a')).toEqual(['a']);
  expect(subjectAltNames('')).toEqual([]);
});

test('never throws, and quoted text gives no second name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      subjectAltNames(text);
      expect(subjectAltNames(`DNS:${JSON.stringify(`x, ${text}`)}`)).toEqual([`x, ${text}`]);
    }),
  );
});
