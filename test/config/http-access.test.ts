import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import type { HttpConfig } from '../../src/config/config.ts';
import { accessOf, readSecret } from '../../src/config/http-access.ts';
import type { HttpAccess } from '../../src/flink/http-access.ts';
import { folderWith } from './support/folder.ts';

/** Also says that what the configuration gives is what the client takes. */
const access = (http: HttpConfig): HttpAccess => accessOf(http);

it('is empty without settings', () => {
  expect(access({})).toEqual({});
});

it('passes the proxy on', () => {
  expect(access({ proxyUrl: 'http://proxy' })).toEqual({ proxyUrl: 'http://proxy' });
});

it('makes a basic header in UTF-8', async () => {
  const { authorization } = access({ basicAuth: { username: 'jürgen', password: { value: 'p:ä' } } });
  expect(await authorization?.()).toBe(`Basic ${Buffer.from('jürgen:p:ä').toString('base64')}`);
});

it('makes a header of any scheme', async () => {
  const { authorization } = access({ authorization: { type: 'Token', credentials: { value: 'abc' } } });
  expect(await authorization?.()).toBe('Token abc');
});

it('reads a secret again at each use, without the line break at its end', async () => {
  const folder = await folderWith({ token: 'one\n' });
  const file = join(folder, 'token');
  const { authorization } = access({ authorization: { type: 'Bearer', credentials: { file } } });
  expect(await authorization?.()).toBe('Bearer one');
  await writeFile(file, ' two\r\n');
  expect(await authorization?.()).toBe('Bearer two');
  await writeFile(file, '\n');
  await expect(authorization?.()).rejects.toMatchObject({
    code: 'unauthorized',
    message: `the file ${file} holds no secret; it is empty`,
  });
  await writeFile(file, 'two\nlines');
  await expect(authorization?.()).rejects.toMatchObject({
    code: 'unauthorized',
    message: 'the credentials contain a line break or another character that no header may hold',
  });
  await writeFile(file, 'x'.repeat(64 * 1024 + 1));
  await expect(authorization?.()).rejects.toMatchObject({ code: 'unauthorized' });
  await rm(file);
  await expect(authorization?.()).rejects.toMatchObject({ code: 'unauthorized', cause: { code: 'ENOENT' } });
  await expect(authorization?.()).rejects.toThrow(`cannot read the secret in ${file}: ENOENT`);
});

it('gives the secret itself to whoever compares it', async () => {
  const folder = await folderWith({ token: 'ä b\n' });
  expect(await readSecret({ file: join(folder, 'token') })).toBe('ä b');
  expect(await readSecret({ value: ' as it is\n' })).toBe(' as it is\n');
});

it('reads certificates again at each use', async () => {
  const folder = await folderWith({ ca: 'CA', cert: 'CERT', key: 'KEY' });
  const path = (name: string) => join(folder, name);
  const { tls } = access({
    tls: {
      caFile: path('ca'),
      certFile: path('cert'),
      keyFile: path('key'),
      serverName: 'jm',
      insecureSkipVerify: false,
    },
  });
  const pem = { cert: Buffer.from('CERT'), key: Buffer.from('KEY'), servername: 'jm' };
  expect(await tls?.()).toEqual({ ca: Buffer.from('CA'), ...pem });
  await writeFile(path('ca'), 'CA2');
  expect(await tls?.()).toEqual({ ca: Buffer.from('CA2'), ...pem });
  await rm(path('key'));
  await expect(tls?.()).rejects.toMatchObject({ code: 'tls', cause: { code: 'ENOENT' } });
  await expect(tls?.()).rejects.toThrow(`cannot read ${path('key')}: ENOENT`);
});

it('accepts any certificate only when it was told to', async () => {
  expect(await access({ tls: { insecureSkipVerify: true } }).tls?.()).toEqual({ rejectUnauthorized: false });
  expect(await access({ tls: { insecureSkipVerify: false } }).tls?.()).toEqual({});
});
