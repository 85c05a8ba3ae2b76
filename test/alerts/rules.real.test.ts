/** The shipped alert rules, judged by Prometheus' own promtool, and their tests, judged by what they must notice. */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realProgram } from '../support/real.ts';

const ALERTS = join(import.meta.dirname, '../../alerts');
const RULES = join(ALERTS, 'flink-medic.rules.yml');
const TESTS = join(ALERTS, 'flink-medic.tests.yml');
const promtool = realProgram('promtool', 'apt-get install prometheus');

function run(...args: readonly string[]): string {
  return execFileSync(promtool.get(), args, { encoding: 'utf8', stdio: 'pipe' });
}

describe.skipIf(promtool.skip !== undefined)(`the alert rules ${promtool.skip ?? ''}`, () => {
  it('are well formed', () => {
    expect(run('check', 'rules', RULES)).toContain('SUCCESS: 2 rules found');
  });

  it('do what their tests say', () => {
    expect(run('test', 'rules', TESTS)).toContain('SUCCESS');
  });

  describe('have tests that notice', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'flink-medic-rules-'));
      copyFileSync(TESTS, join(folder, 'tests.yml'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it.each([
      ['any end is a failure', 'flink_job_final_status{status="FAILED"}', 'flink_job_final_status'],
      ['a newer run changes nothing', '_superseded[10m]) == 1', '_superseded[10m]) == 2'],
      ['a gap between scrapes resolves', '[10m]', '[1m]'],
      ['what nobody reports any more goes on for an hour', '[10m]', '[1h]'],
      ['old failures count', '< 86400', '< 864000'],
      ['failures of today do not count', '< 86400', '< 3600'],
      [
        'labels of the scrape enter',
        '(flink_cluster, job_id, job_name)',
        '(flink_cluster, job_id, job_name, instance)',
      ],
      ['jobs without a policy trigger', 'on (flink_cluster, job_name)\n', 'on ()\n'],
      ['dry run does not trigger', '_managed[10m])', '_managed[10m]) == 1'],
      ['the alert waits', 'labels:\n', 'for: 1m\n        labels:\n'],
    ])('that %s', (_, text, instead) => {
      const changed = readFileSync(RULES, 'utf8').replaceAll(text, instead);
      expect(changed).not.toBe(readFileSync(RULES, 'utf8'));
      writeFileSync(join(folder, 'flink-medic.rules.yml'), changed);
      const { status, stdout, stderr } = spawnSync(promtool.get(), ['test', 'rules', join(folder, 'tests.yml')]);
      expect({ status, out: `${stdout.toString()}${stderr.toString()}` }).toEqual({
        status: 1,
        out: expect.stringMatching(/FAILED:\n(?!.*error)/s) as unknown,
      });
    });
  });
});
