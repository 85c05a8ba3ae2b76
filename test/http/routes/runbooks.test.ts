/** Runbooks: as Markdown for programs, as a page for people, and nothing else of the file system. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Router } from 'express';
import { request } from 'undici';
import { beforeEach, expect, test } from 'vitest';
import { runbookRoute } from '../../../src/http/routes/runbooks.ts';
import { temporaryFolder } from '../../e2e/support/medic.ts';
import { serveApp } from '../support.ts';

let url: string;
let folder: string;
let route: Router;
beforeEach(async () => {
  folder = join(temporaryFolder(), 'runbooks');
  mkdirSync(join(folder, 'folder.md'), { recursive: true });
  writeFileSync(join(folder, 'flinkjobfailed.md'), '# FlinkJobFailed\n\nIt <failed>.\n');
  writeFileSync(join(folder, '..', 'secret.md'), 'hunter2');
  writeFileSync(join(folder, 'secret.txt'), 'hunter2');
  const program = { version: '1.2.3', metricsPath: '/metrics' };
  route = runbookRoute(pathToFileURL(`${folder}/`), { now: () => 0 }, program);
  url = await serveApp({ routes: [route] });
});

test('neither form is kept by caches, and each is told from the other', async () => {
  for (const accept of ['*/*', 'text/html']) {
    const { headers, body } = await request(`${url}/runbooks/flinkjobfailed.md`, { headers: { accept } });
    await body.dump();
    expect([headers['cache-control'], headers['vary']]).toEqual(['private, no-cache', 'Accept']);
  }
});

async function get(file: string, accept = '*/*'): Promise<{ status: number; type: unknown; text: string }> {
  const answer = await request(`${url}/runbooks/${file}`, { headers: { accept } });
  return { status: answer.statusCode, type: answer.headers['content-type'], text: await answer.body.text() };
}

test('programs get the file', async () => {
  const markdown = { status: 200, type: 'text/markdown; charset=utf-8', text: '# FlinkJobFailed\n\nIt <failed>.\n' };
  expect(await get('flinkjobfailed.md')).toEqual(markdown);
  expect(await get('flinkjobfailed.md', 'text/markdown')).toEqual(markdown);
});

test('browsers get a page, also with the frame of all pages', async () => {
  const { status, type, text } = await get('flinkjobfailed.md', 'text/html,application/xhtml+xml,*/*;q=0.8');
  expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).toContain('<h1>FlinkJobFailed</h1>');
  expect(text).toContain('It &lt;failed&gt;.');
  expect(text).toContain('<a href="../ui/jobs">Jobs</a>');
});

test('the folder leads to its index, also below a prefix', async () => {
  for (const routePrefix of ['', '/ops/medic']) {
    const below = await serveApp({ routePrefix, routes: [route] });
    for (const path of ['/runbooks', '/runbooks/']) {
      const { statusCode, headers, body } = await request(`${below}${routePrefix}${path}`);
      await body.dump();
      const { pathname } = new URL(String(headers['location']), `${below}${routePrefix}${path}`);
      expect([path, statusCode, pathname]).toEqual([path, 302, `${routePrefix}/runbooks/README.md`]);
      // A proxy may have added a path of its own.
      expect(headers['location']).toMatch(/^\.\.?\//);
    }
  }
});

test('without such a runbook programs get a problem, and browsers a page that leads to the index', async () => {
  expect(await get('nope.md')).toMatchObject({ status: 404, type: 'application/problem+json' });
  const { status, type, text } = await get('%3Cb%3E.md', 'text/html');
  expect([status, type]).toEqual([404, 'text/html; charset=utf-8']);
  expect(text).toContain('There is no runbook <bdi>&lt;b&gt;.md</bdi>.');
  expect(text).toContain('<a href="../runbooks/README.md">All runbooks</a>');
});

test('nothing else can be read', async () => {
  for (const file of [
    'nope.md',
    'secret.txt',
    '..%2Fsecret.md',
    '..%5Csecret.md',
    '%2e%2e%2fsecret.md',
    'flinkjobfailed.md%00',
    '.md',
    `${'a'.repeat(300)}.md`,
    '%E0%A4%A',
  ]) {
    for (const accept of ['*/*', 'text/html']) {
      const { status, text } = await get(file, accept);
      expect([file, status >= 400 && status < 500, text.includes('hunter2')]).toEqual([file, true, false]);
    }
  }
});
