/** Chromium for a test file: one process, a fresh context for each page. Its complaints are kept, so that tests can ask for none. */

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { realProgram } from '../../support/real.ts';

const program = realProgram('chromium', 'apt-get install chromium');

export const chromiumIsMissing = program.skip !== undefined;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** In 1280 × 800 unless told. */
export type OpenPage = (options?: BrowserContextOptions) => Promise<OpenedPage>;

export interface OpenedPage {
  readonly page: Page;
  /** What the console said, and requests that were refused: broken policies are here. */
  readonly complaints: readonly string[];
}

/** To be called in a `describe`: the browser lives as long as its tests. */
export function useChromium(): OpenPage {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program.get(), args: FLAGS });
  });
  afterAll(() => browser?.close());
  return async (options = {}) => {
    if (browser === undefined) throw new Error('the browser is not started');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText ?? ''}`));
    return { page, complaints };
  };
}
