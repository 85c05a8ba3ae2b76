/** The pages in Chromium: readable by everybody, in light and dark, with keyboard only, without script, and under their own policy. */

import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumIsMissing, useChromium } from './browser.ts';
import { type Scene, startScene } from './scene.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const IMAGES = join(import.meta.dirname, '../../../docs/images');

/** Those of the documentation. */
const PICTURES: Readonly<Record<string, readonly ('light' | 'dark')[]>> = {
  fleet: ['light'],
  job: ['light', 'dark'],
  incident: ['light'],
};

/** Generous: this shares two cores with real Flinks. */
const LIMIT_MS = 120_000;

function pathsOf({ jobs }: Scene): Record<string, string> {
  return {
    fleet: '/',
    jobs: '/ui/jobs',
    job: `/ui/jobs/prod/${jobs.repaired}`,
    broken: `/ui/jobs/prod/${jobs.broken}`,
    'no-job': '/ui/jobs/prod/nope',
    incidents: '/ui/incidents',
    incident: '/ui/incidents/1',
    configuration: '/ui/configuration',
    runbooks: '/runbooks',
    runbook: '/runbooks/flinkjobrepairfailed.md',
    'no-runbook': '/runbooks/nope.md',
  };
}

/** What axe-core finds (WCAG and its best practices), a line each; all rules in light, in dark those that look at colours. */
async function findingsOf(page: Page): Promise<string[]> {
  const findings: string[] = [];
  await page.evaluate(await readFile(AXE, 'utf8'));
  for (const [colorScheme, options] of [
    ['light', '{}'],
    ['dark', "{ runOnly: ['color-contrast', 'link-in-text-block'] }"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${options})`);
    const lines = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`));
    findings.push(...lines);
  }
  return findings;
}

/** How far a page reaches to the right: beyond the window it would have to be scrolled. */
function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

describe.skipIf(chromiumIsMissing)('the pages in a browser', () => {
  const open = useChromium();

  it(
    'are accessible in light and dark, fit a phone, and break no policy of theirs',
    async () => {
      const scene = await startScene();
      const { page, complaints } = await open();
      for (const [name, path] of Object.entries(pathsOf(scene))) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(`${scene.medic.url}${path}`);
        await photograph(page, name);
        expect([name, await findingsOf(page)]).toEqual([name, []]);
        expect([name, await widthOf(page)]).toEqual([name, 1280]);
        await page.setViewportSize({ width: 360, height: 740 });
        expect([name, await widthOf(page)]).toEqual([name, 360]);
      }
      // The job and the runbook that are not there.
      expect(complaints).toEqual([expect.stringContaining('404'), expect.stringContaining('404')]);
    },
    LIMIT_MS,
  );

  it(
    'show state, end, cause and repair of a job first, and lead with keyboard and without script to all of it',
    async () => {
      const { medic, jobs } = await startScene();
      const { page } = await open({ javaScriptEnabled: false });
      for (const id of [jobs.broken, jobs.repaired]) {
        await page.goto(`${medic.url}/ui/jobs/prod/${id}`);
        for (const part of ['state', 'end', 'cause', 'repair']) {
          const box = await page.locator(`#${part}`).boundingBox();
          const bottom = box === null ? Infinity : box.y + box.height;
          const right = box === null ? Infinity : box.x + box.width;
          expect([id, part, bottom <= 800, right <= 1280]).toEqual([id, part, true, true]);
        }
      }
      await page.goto(`${medic.url}/ui/jobs/prod/${jobs.broken}`);
      await has(page.locator('#state'), 'FAILED');
      await has(page.locator('#end'), 'Said by: the JobManager');
      await has(page.locator('#cause'), 'PoisonRecordException');
      await has(page.locator('#cause'), '<script>alert(1)</script>');
      await has(page.locator('#repair'), 'refused');
      await has(page.locator('#repair'), 'Mend the cause.');
      await page.goto(`${medic.url}/ui/jobs/prod/${jobs.repaired}`);
      await has(page.locator('#repair'), 'succeeded');
      await has(page.locator('#repair'), '2 of 3 attempts left');

      // Keys only, from the first page to the incident of the job that needs somebody.
      await page.goto(`${medic.url}/`);
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      await tabTo(page, 'payments');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/ui/jobs/prod/${jobs.broken}`);
      await tabTo(page, 'incident 2');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/ui/incidents/2');

      // The form and the columns of the list.
      await page.goto(`${medic.url}/ui/jobs`);
      await page.getByLabel('Name or id contains').fill('ORD');
      await page.getByLabel('Runs').selectOption('all');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL('**/ui/jobs?*name=ORD*');
      expect(await page.locator('tbody tr').count()).toBe(4);
      await page.getByRole('link', { name: 'State', exact: true }).click();
      await page.waitForURL('**sort=state**');
      expect(await page.locator('th[aria-sort]').innerText()).toContain('State');
      expect(await page.locator('tbody .badge').allInnerTexts()).toEqual(['FAILED', 'FAILED', 'RUNNING', 'CANCELED']);
    },
    LIMIT_MS,
  );
});

/** Only on request, so that tests leave the tree as it is. */
async function photograph(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  mkdirSync(IMAGES, { recursive: true });
  for (const colorScheme of PICTURES[name] ?? []) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(IMAGES, `${name}-${colorScheme}.png`) });
  }
}

async function has(part: Locator, text: string): Promise<void> {
  expect(await part.innerText()).toContain(text);
}

async function focused(page: Page): Promise<string> {
  return page.locator(':focus').innerText();
}

async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === text) return;
  }
  throw new Error(`no focus on ${text} after 40 tabs`);
}
