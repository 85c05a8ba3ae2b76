import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { loadConfig } from '../../src/config/load-config.ts';
import { realProgram } from '../support/real.ts';
import { blocks, document, pages, ROOT } from './documents.ts';

const promtool = realProgram('promtool', 'apt-get install prometheus');
const folder = mkdtempSync(join(tmpdir(), 'flink-medic-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const yaml = blocks('README.md', 'yaml');
const scrapes = yaml.filter((text) => text.startsWith('scrape_configs:'));
const configurations = yaml.filter((text) => text.startsWith('clusters:'));
const restarts = yaml.filter((text) => text.startsWith('webhook:'));

it('the README shows both ways to scrape, a configuration and a policy', () => {
  expect([scrapes.length, configurations.length, restarts.length, yaml.length]).toEqual([2, 1, 1, 4]);
});

describe.skipIf(promtool.skip !== undefined)('promtool', () => {
  it.each(scrapes.map((text, index) => ({ text, index })))('accepts scrape configuration $index', ({ text, index }) => {
    const out = execFileSync(promtool.get(), ['check', 'config', save(`prometheus-${index}.yml`, text)]);
    expect(out.toString()).toContain('SUCCESS');
  });

  it('accepts the expression of the clock offset', () => {
    const [, expr] = /^`(\(time\(\).*)`\.$/m.exec(document('docs/metrics.md')) ?? [];
    const rules = { groups: [{ name: 'docs', rules: [{ record: 'age', expr }] }] };
    const out = execFileSync(promtool.get(), ['check', 'rules', save('rules.yml', JSON.stringify(rules))]);
    expect(out.toString()).toContain('SUCCESS: 1 rules found');
  });
});

it.each(configurations)('the configuration of the README is right', async (text) => {
  const { config } = await loadConfig(save('flink-medic.yml', text), {});
  expect(config.clusters.map(({ name }) => name)).toEqual(['prod']);
});

const guide = blocks('docs/restarts.md', 'yaml');
const policies = [...guide, ...restarts.map((text) => `${configurations.join('')}${text}`)];

it.each(policies)('a policy to start from is right, and acts on nothing', async (text) => {
  const { restart } = (await loadConfig(save('restarts.yml', text), {})).config;
  expect([restart.mode, restart.policies.map(({ name }) => name)]).toEqual(['dry_run', ['orders']]);
});

it('the route that is explained is in the example', () => {
  interface Alertmanager {
    readonly route: { readonly routes: readonly object[] };
    readonly receivers: readonly object[];
  }
  const [text = ''] = blocks('docs/alertmanager.md', 'yaml');
  const explained = parse(text) as Alertmanager;
  const { route, receivers } = parse(document('examples/alertmanager.yml')) as Alertmanager;
  expect(route.routes).toEqual(expect.arrayContaining([...explained.route.routes]));
  expect(receivers).toEqual(expect.arrayContaining([...explained.receivers]));
});

it.each(blocks('docs/http.md', 'json').map((text) => ({ text })))('an answer is JSON: $text', ({ text }) => {
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});

it.each(pages())('links of %s lead somewhere', (page) => {
  const targets = document(page)
    .matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)
    .map(([, target = '']) => target);
  const broken = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(ROOT, dirname(page), target)));
  expect(broken.toArray()).toEqual([]);
});

it.each(pages())('npm scripts of %s exist', (page) => {
  const { scripts } = JSON.parse(document('package.json')) as { scripts: Record<string, string> };
  const named = document(page).matchAll(/npm run ([a-z:]+)/g);
  expect(
    named
      .map(([, script = '']) => script)
      .filter((script) => scripts[script] === undefined)
      .toArray(),
  ).toEqual([]);
});
