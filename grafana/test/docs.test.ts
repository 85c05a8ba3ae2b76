/** docs/dashboards.md names every dashboard, section, variable and state. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dashboards, panelNamed } from './support/dashboards.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/dashboards.md'), 'utf8');

it.each(dashboards)('says what $title is', ({ uid, title, templating }) => {
  expect(PAGE).toContain(`| \`${uid}\` |`);
  expect(PAGE).toContain(`## ${title}\n`);
  expect(templating.list.filter(({ label = '' }) => !PAGE.includes(`\n| ${label} |`))).toEqual([]);
});

it('has the codes of all states', () => {
  const [mapping] = panelNamed('State of each run').fieldConfig.defaults.mappings ?? [];
  const rows = [...PAGE.matchAll(/^\| (\d+) \| ([A-Z]+) \|$/gm)].map(([, code, state]) => [code, state]);
  expect(rows).toEqual(Object.entries(mapping?.options ?? {}).map(([code, { text }]) => [code, text]));
  expect(rows).toHaveLength(13);
});
