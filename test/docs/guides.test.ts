/**
 * What people paste from the documentation, and where it leads: configurations, answers, names of metrics, links. Its
 * commands are judged in commands.test.ts, and what promtool has to judge in guides.real.test.ts.
 */

import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { metricsOf } from '../alerts/support/promql.ts';
import { blocks, document, FENCED, pages, ROOT } from './documents.ts';
import { FILES, guides, pasted, pastedFiles } from './guides.ts';

describe('configurations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-guides-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('say in their first line which file they are', () => {
    const named = FILES.flatMap((name) => pastedFiles(name));
    expect(named.length).toBeGreaterThan(5);
    expect(pasted('yaml').filter(({ text }) => !named.some((block) => block.text === text))).toEqual([]);
  });

  it.each(guides())('those of %s begin at the margin, where they are found', (page) => {
    expect(document(page)).not.toMatch(/^ +```/m);
  });

  it.each(pastedFiles('flink-medic.yml'))('flink-medic takes that of $page: $text', async ({ text }) => {
    const file = join(folder, 'flink-medic.yml');
    const isWhole = /^cluster(?:s|_files):/m.test(text);
    writeFileSync(file, isWhole ? text : `${text}clusters: [{name: prod, jobmanagers: ['http://localhost:8081']}]\n`);
    await expect(loadConfig(file, {})).resolves.toBeDefined();
  });

  it('that of a policy in the README acts on nothing yet', () => {
    const policies = blocks('README.md', 'yaml').filter((text) => text.includes('policies:'));
    expect(policies.map((text) => parse(text) as unknown)).toEqual([
      expect.objectContaining({ restart: expect.objectContaining({ mode: 'dry_run' }) as unknown }),
    ]);
  });

  it.each(pastedFiles('alertmanager.yml'))('what $page explains of Alertmanager is in the example', ({ text }) => {
    const example = parse(document('examples/alertmanager.yml')) as Alertmanager;
    const explained = parse(text) as Alertmanager;
    expect(example.route.routes).toEqual(expect.arrayContaining(explained.route.routes));
    expect(example.receivers).toEqual(expect.arrayContaining(explained.receivers));
  });
});

interface Alertmanager {
  readonly route: { readonly routes: unknown[] };
  readonly receivers: unknown[];
}

it.each(blocks('docs/http.md', 'json').map((text) => ({ text })))('an answer is JSON: $text', ({ text }) => {
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});

describe('metrics', () => {
  /** Names and labels; other tests hold the page against the records. */
  const families = new Map(
    document('docs/metrics.md')
      .matchAll(/^\| `([a-z\d_]+)`(?: \(experimental\))? \| (?:gauge|counter|histogram) \| ([^|]*) \|/gm)
      .map(([, name = '', labels = '']) => [
        name,
        labels
          .matchAll(/`(\w+)`/g)
          .map(([, label]) => label)
          .toArray(),
      ]),
  );
  const records = globSync('alerts/*.rules.yml', { cwd: ROOT }).flatMap((file) =>
    document(file)
      .matchAll(/record: (\S+)/g)
      .map(([, name = '']) => name)
      .toArray(),
  );
  const labelsOf = (name: string): readonly (string | undefined)[] => [
    'le',
    'job',
    'instance',
    ...(families.get(familyOf(name)) ?? []),
  ];
  const isKnown = (name: string): boolean => families.has(familyOf(name)) || records.includes(name);

  it.each(pages())('%s names only those that exist', (page) => {
    // Labels, a driver, variables of dashboards, an npm script, and the metrics of Flink's own reporter.
    const others = /^(?:flink_(?:cluster|medic|rest|(?:medic_)?url)|flink_(?:jobmanager|taskmanager)_\w+|flink:get)$/;
    const named = document(page).matchAll(/(?<![\w:])(?:flink|probe)[_:][a-z_:]*[a-z](?!\w|\*|:\/)/g);
    const unknown = named.map(([name]) => name).filter((name) => !isKnown(name) && !others.test(name));
    expect(unknown.toArray()).toEqual([]);
  });

  it.each(pasted('promql'))('the expressions of $page ask for labels that they have: $text', ({ text }) => {
    const missing = text
      .split('\n\n')
      .flatMap((expr) => metricsOf(expr))
      .filter(({ name }) => !records.includes(name))
      .flatMap(({ name, labels }) => labels.filter((label) => !labelsOf(name).includes(label)));
    expect(missing).toEqual([]);
  });
});

describe('links', () => {
  it.each(pages())('of %s lead to a file and a heading', (page) => {
    const targets = document(page)
      .replaceAll(FENCED, '')
      .matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g);
    const broken = targets.filter(([, target = '', anchor]) => {
      const file = target === '' ? page : normalize(join(dirname(page), target));
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchors(document(file)).has(anchor));
    });
    expect(broken.map(([link]) => link).toArray()).toEqual([]);
  });

  it('lead to every guide from the index', () => {
    const index = document('docs/README.md');
    const others = guides().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(others.length).toBeGreaterThan(8);
    expect(others.filter((page) => !index.includes(`(${page.slice('docs/'.length)})`))).toEqual([]);
  });

  it('know the headings as GitHub names them', () => {
    const text = '# One: `two`, three\n## Same\n## Same\n```sh\n# no heading\n```\n### [a](b.md) /metrics_x & y\n';
    expect([...anchors(text)]).toEqual(['one-two-three', 'same', 'same-1', 'a-metrics_x--y']);
  });
});

function anchors(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  const headings = text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+)$/gm);
  for (const [, heading = ''] of headings) {
    const plain = heading.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let name = slug;
    for (let count = 1; found.has(name); count += 1) name = `${slug}-${String(count)}`;
    found.add(name);
  }
  return found;
}

/** Of the series of a histogram. */
function familyOf(name: string): string {
  return name.replace(/_(?:bucket|count|sum)$/, '');
}
