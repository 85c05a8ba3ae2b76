/** The shipped alert rules, judged by Prometheus' own promtool, and their tests, judged by what they must notice. */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realProgram } from '../support/real.ts';
import { MUTATIONS } from './mutations.ts';

const ALERTS = join(import.meta.dirname, '../../alerts');
const NAMES = globSync('*.rules.yml', { cwd: ALERTS }).map((file) => basename(file, '.rules.yml'));
const promtool = realProgram('promtool', 'apt-get install prometheus');

function run(...args: readonly string[]): string {
  return execFileSync(promtool.get(), args, { encoding: 'utf8', stdio: 'pipe' });
}

describe.skipIf(promtool.skip !== undefined)(`the alert rules ${promtool.skip ?? ''}`, () => {
  it.each(NAMES)('of %s are well formed', (name) => {
    expect(run('check', 'rules', join(ALERTS, `${name}.rules.yml`))).toMatch(/SUCCESS: [1-9]\d* rules found/);
  });

  it.each(NAMES)('of %s do what their tests say', (name) => {
    expect(run('test', 'rules', join(ALERTS, `${name}.tests.yml`))).toContain('SUCCESS');
  });

  describe.each(Object.entries(MUTATIONS))('of %s have tests that notice', (name, mutations) => {
    const rules = readFileSync(join(ALERTS, `${name}.rules.yml`), 'utf8');
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'flink-medic-rules-'));
      copyFileSync(join(ALERTS, `${name}.tests.yml`), join(folder, 'tests.yml'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it.each(mutations)('that %s', (_, text, instead) => {
      const changed = rules.replaceAll(text, instead);
      expect(changed).not.toBe(rules);
      writeFileSync(join(folder, `${name}.rules.yml`), changed);
      const { status, stdout, stderr } = spawnSync(promtool.get(), ['test', 'rules', join(folder, 'tests.yml')]);
      expect({ status, out: `${stdout.toString()}${stderr.toString()}` }).toEqual({
        status: 1,
        out: expect.stringMatching(/FAILED:\n(?!.*error)/s) as unknown,
      });
    });
  });
});
