/** What holds of every page: where its links lead, what is in it and what never gets into it. */

import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { pageRoute } from '../../../src/http/routes/page.ts';
import { uiRoutes } from '../../../src/http/routes/ui.ts';
import { clusterOf, endedRun, incidentOf, known, NOW, runOf, type Shown, showing, sourcesOf } from './fixtures.ts';
import { serveApp } from '../support.ts';

const id = (digit: number): string => String(digit).repeat(32);

describe('every page', () => {
  const failed = endedRun('FAILED');
  const shown = { runs: [known(failed), known(runOf({ jobId: id(1) }))], incidents: [incidentOf(failed)] };
  const paths = ['/', '/ui/jobs', '/ui/jobs/prod/orders', '/ui/incidents', '/ui/incidents/7', '/ui/configuration'];

  it('leads only to what there is, also below a prefix', async () => {
    const sources = sourcesOf(shown);
    const url = await serveApp({ routePrefix: '/ops/medic', routes: [pageRoute(sources), ...uiRoutes(sources)] });
    const open = [`${url}/ops/medic/`];
    const seen = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const answer = await fetch(at);
      const text = await answer.text();
      expect([at, answer.status]).toEqual([at, 200]);
      if (!answer.headers.get('content-type')?.includes('html')) continue;
      for (const [, link = ''] of text.matchAll(/(?:href|src)="([^"#]+)"/g)) {
        const { href, pathname } = new URL(link.replaceAll('&amp;', '&'), at);
        // Those of other routes, which are not served here.
        if (seen.has(href) || /\/(api|metrics|runbooks|-)(\/|$)/.test(pathname)) continue;
        seen.add(href);
        open.push(href);
      }
    }
    for (const path of ['/ui/jobs', '/ui/incidents', '/ui/configuration'])
      expect(seen).toContain(`${url}/ops/medic${path}`);
    expect(seen.size).toBeGreaterThan(12);
  });

  it('has no script and no style in it, and is not kept by caches', async () => {
    const get = await showing(shown);
    for (const path of paths) {
      const { text, headers } = await get(path);
      expect(text).not.toMatch(/<script|\son\w+=|\sstyle=|<style/);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('refresh')).toBe(null);
    }
    const [, style = ''] = /href="([^"]*style\.css[^"]*)"/.exec((await get('/')).text) ?? [];
    expect((await get(`/${style}`)).headers.get('cache-control')).toContain('immutable');
  });

  it('loads itself again when the address says so, and not too often', async () => {
    const get = await showing(shown);
    expect((await get('/?refresh=30')).headers.get('refresh')).toBe('30');
    expect((await get('/?refresh=0')).headers.get('refresh')).toBe('5');
    expect((await get('/?refresh=0;url=http://x')).headers.get('refresh')).toBe(null);
    expect((await get('/ui/jobs?state=FAILED')).text).toContain('href="?state=FAILED&amp;refresh=30"');
  });
});

function tags(page: string): string[] {
  return page.match(/<[^>]*>/g) ?? [];
}

function names(page: string): string[] {
  return tags(page).map((tag) => /^<[/!]?\w+/.exec(tag)?.[0] ?? tag);
}

/** With what breaks out of texts, attributes, comments and lines. */
const hostile = array(
  oneof(
    string({ unit: 'binary', maxLength: 8 }),
    constantFrom(
      '<script>',
      '</bdi>',
      '"',
      "'",
      '&',
      '&lt;',
      '<!--',
      ']]>',
      '\u202e',
      '\0',
      '\u001b[31m',
      '$&',
      '\ud800',
    ),
  ),
  { minLength: 1, maxLength: 5 },
)
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '');

test('what others have named never becomes part of a page', async () => {
  const shownWith = (text: string): Shown => {
    const failure = { exception: text, message: text, task: text, labels: text, timestamp: NOW };
    const failed = endedRun('FAILED', { name: text, jobId: id(3), lastFailure: failure, archive: text });
    const run = runOf({ name: text, jobId: id(1), startTimes: [NOW - 30_000] });
    return {
      clusters: [clusterOf('prod', { expectedJobs: [`${text} too`] })],
      runs: [known(failed), known(run)],
      incidents: [incidentOf(failed, { detail: text, policy: text })],
      switches: { mode: 'on', openBreakers: [{ cluster: 'prod', openedAt: NOW, detail: text }] },
    };
  };
  const paths = ['/', '/ui/jobs', `/ui/jobs/prod/${id(3)}`, '/ui/incidents', '/ui/incidents/7'];
  const tame = await showing(shownWith('tame'));
  const expected = new Map<string, string[]>();
  for (const path of paths) expected.set(path, names((await tame(path)).text));
  await assert(
    asyncProperty(hostile, async (text) => {
      const get = await showing(shownWith(text));
      for (const path of paths) {
        const page = (await get(path)).text;
        for (const tag of tags(page))
          expect(tag).toMatch(/^<[/!]?[a-zA-Z0-9]+(\s+[a-zA-Z][\w-]*(="[^"<>]*")?)*\s*\/?>$/);
        expect(page).not.toMatch(/(?![\t\n])\p{Cc}/u);
        expect(names(page)).toEqual(expected.get(path));
      }
    }),
    { numRuns: 25 },
  );
});
