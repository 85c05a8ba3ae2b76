/** What the guides give people for Prometheus, and the web configuration in the format of its exporters, judged by promtool. */

import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWebConfig } from '../../src/config/web-config.ts';
import { createAuthority, type KeyPair } from '../support/certificates.ts';
import { realProgram } from '../support/real.ts';
import { document, ROOT } from './documents.ts';
import { pasted, pastedFiles } from './guides.ts';

const promtool = realProgram('promtool', 'apt-get install prometheus');

let folder: string;
let pair: KeyPair;
beforeAll(() => {
  pair = createAuthority().issue('localhost');
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-guides-'));
  symlinkSync(join(ROOT, 'alerts'), join(folder, 'alerts'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The folder then has whatever files the text names, too. */
function save(name: string, text: string): string {
  for (const [, kind = '', path = ''] of text.matchAll(/(\w+)_file: ([\w./-]+)/g)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), kind === 'key' ? pair.key : pair.cert);
  }
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function run(...args: readonly string[]): string {
  return execFileSync(promtool.get(), args, { encoding: 'utf8', stdio: 'pipe' });
}

/** What promtool says of them. */
function judged(expressions: readonly string[]): string {
  const rules = expressions.map((expr) => ({ record: 'guide', expr }));
  const file = save('rules.yml', JSON.stringify({ groups: [{ name: 'guide', rules }] }));
  return run('check', 'rules', '--lint=none', file);
}

describe.skipIf(promtool.skip !== undefined)(`promtool ${promtool.skip ?? ''}`, () => {
  it.each(pastedFiles('prometheus.yml'))('accepts the configuration of $page: $text', ({ text }) => {
    const out = run('check', 'config', save('prometheus.yml', text));
    expect(out).toContain('is valid prometheus config file syntax');
    if (!text.includes('rule_files:')) return;
    const rules = globSync('alerts/*.rules.yml', { cwd: ROOT }).length;
    expect(out).toContain(`SUCCESS: ${String(rules)} rule files found`);
  });

  it.each(pasted('promql'))('accepts the expressions of $page: $text', ({ text }) => {
    const expressions = text.split('\n\n');
    expect(judged(expressions)).toContain(`SUCCESS: ${String(expressions.length)} rules found`);
  });

  it('accepts the expression of the clock offset', () => {
    const [, expr = ''] = /^`(\(time\(\).*)`\.$/m.exec(document('docs/metrics.md')) ?? [];
    expect(judged([expr])).toContain('SUCCESS: 1 rules found');
  });

  it.each(pastedFiles('web-config.yml'))('and flink-medic accept the web configuration of $page', async ({ text }) => {
    const file = save('web-config.yml', text);
    expect(() => run('check', 'web-config', file)).not.toThrow();
    expect((await loadWebConfig(file, {})).config.users.size).toBeGreaterThan(0);
  });
});
