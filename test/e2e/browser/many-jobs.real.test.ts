/** The list of 10,000 jobs is still one that somebody can use. */

import { describe, expect, it } from 'vitest';
import { pageRoute } from '../../../src/http/routes/page.ts';
import { uiRoutes } from '../../../src/http/routes/ui.ts';
import { endedRun, known, runOf, sourcesOf } from '../../http/pages/fixtures.ts';
import { serveApp } from '../../http/support.ts';
import { chromiumIsMissing, useChromium } from './browser.ts';

const JOBS = 10_000;
/** Of each step, to the end of drawing. Alone it is some tenths of a second; CI has other things to do. */
const STEP_MS = 5_000;

describe.skipIf(chromiumIsMissing)('ten thousand jobs', () => {
  const open = useChromium();

  it('are listed, turned over and filtered', async () => {
    const runs = Array.from({ length: JOBS }, (_, index) => {
      const number = String(index).padStart(5, '0');
      const of = { name: `job ${number}`, jobId: number.padStart(32, '0') };
      return known(index % 100 === 7 ? endedRun('FAILED', of) : runOf(of));
    });
    const sources = sourcesOf({ runs });
    const url = await serveApp({ routes: [pageRoute(sources), ...uiRoutes(sources)] });
    const { page } = await open({ javaScriptEnabled: false });

    await step('list', () => page.goto(`${url}/ui/jobs?sort=name`));
    expect(await page.locator('tbody th').first().innerText()).toBe('job 00000');
    expect(await page.locator('tbody tr').count()).toBe(100);
    await step('next page', () => page.getByRole('link', { name: 'Next page' }).click());
    await page.waitForURL('**page=2');
    expect(await page.locator('tbody th').first().innerText()).toBe('job 00100');
    await page.getByLabel('State').selectOption('FAILED');
    await step('filter', () => page.getByRole('button', { name: 'Filter' }).click());
    await page.waitForURL('**state=FAILED**');
    expect(await page.getByRole('status').innerText()).toContain('100 of 10000');
    await step('first page', () => page.goto(`${url}/`));
    expect(await page.getByRole('heading', { name: 'Needs somebody' }).innerText()).toContain('(100)');

    for (const path of ['/', '/ui/jobs', '/ui/jobs?state=FAILED']) {
      const { length } = await (await fetch(`${url}${path}`)).text();
      expect([path, length < 100_000 || length]).toEqual([path, true]);
    }
  });
});

async function step(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await act();
  const took = performance.now() - began;
  expect([what, took < STEP_MS || took]).toEqual([what, true]);
}
