/** Runbooks: as Markdown for programs, as a page for people, and nothing else of the file system. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import { beforeEach, expect, test } from 'vitest';
import { runbookRoute } from '../../../src/http/routes/runbooks.ts';
import { temporaryFolder } from '../../e2e/support/medic.ts';
import { serveApp } from '../support.ts';

let url: string;
let folder: string;
beforeEach(async () => {
  folder = join(temporaryFolder(), 'runbooks');
  mkdirSync(join(folder, 'folder.md'), { recursive: true });
  writeFileSync(join(folder, 'flinkjobfailed.md'), '# FlinkJobFailed\n\nIt <failed>.\n');
  writeFileSync(join(folder, '..', 'secret.md'), 'hunter2');
  writeFileSync(join(folder, 'secret.txt'), 'hunter2');
  const program = { version: '1.2.3', metricsPath: '/metrics' };
  const route = runbookRoute(pathToFileURL(`${folder}/`), { now: () => 0 }, program);
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

test('browsers are led to other runbooks, and nowhere else', async () => {
  writeFileSync(
    join(folder, 'README.md'),
    'See [it <x>](flinkjobfailed.md#how), [one](../secret.md), [two](http://x/y.md).\n',
  );
  const { text } = await get('README.md', 'text/html');
  expect(text).toContain(
    'See <a href="flinkjobfailed.md">it &lt;x&gt;</a>, [one](../secret.md), [two](http://x/y.md).\n</pre>',
  );
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
    const { status, text } = await get(file);
    expect([file, status >= 400 && status < 500, text.includes('hunter2')]).toEqual([file, true, false]);
  }
});
