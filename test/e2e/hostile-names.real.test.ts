/** Jobs and failures under names that nobody should give: both pages of the whole program say them, and promtool reads them. */

import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundLabel } from '../../src/core/label-value.ts';
import { parseExposition } from '../metrics/parse-exposition.ts';
import { realProgram } from '../support/real.ts';
import { startCluster } from './support/fake.ts';
import { RunningMedic } from './support/medic.ts';

const promtool = realProgram('promtool', 'apt-get install prometheus');
const JOBS = 200;
const seed = Date.now() % 2 ** 31;

const unit = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\\n',
    '\n',
    '\r',
    '\0',
    '\t',
    '{',
    '}',
    ',',
    '=',
    ' ',
    '#',
    '# EOF\n',
    '"} 1\n',
    '\u2028',
    '\ufeff',
  ),
  fc.constantFrom('😀', '\ud800', '\udc00', 'é', '__name__', 'le="'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const name = fc.oneof(fc.string({ unit, maxLength: 30 }), fc.string({ unit, minLength: 150, maxLength: 1_000 }));

describe.skipIf(promtool.skip !== undefined)('names of anything', () => {
  it(`are on both pages as they are, bounded, and read by promtool (seed ${String(seed)})`, async () => {
    const { cluster, jobManager } = await startCluster();
    const names = fc.sample(name, { numRuns: JOBS, seed });
    for (const each of names) {
      const job = cluster.submit({ name: each, checkpointing: 'off' }).run();
      job.fail({ exception: each, message: each, labels: { [each]: each } });
    }
    const medic = await RunningMedic.start({
      config: { clusters: [{ name: 'prod "x" \\ {}', jobmanagers: [jobManager.baseUrl], archives: [] }] },
    });
    const text = (await medic.get('/metrics')).text;
    const accept = 'application/openmetrics-text; version=1.0.0';
    const openMetrics = (await medic.get('/metrics', { accept })).text;
    for (const page of [parseExposition(text, 'text'), parseExposition(openMetrics, 'openmetrics')]) {
      const shown = page.get('flink_job_status')?.samples.map(({ labels }) => labels['job_name']);
      expect(new Set(shown)).toEqual(new Set(names.map(boundLabel)));
    }
    const checked = spawnSync(promtool.get(), ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
    expect(checked.status).toBe(0);
  });
});
