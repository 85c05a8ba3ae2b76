/** What values look like, by Grafana's own code: states have texts and colours, units exist, tables have their columns. */

import { beforeAll, describe, expect, it } from 'vitest';
import { RUN_STATES } from '../../src/core/states.ts';
import { dashboards, panelNamed, panelsOf } from './support/dashboards.ts';
import { Grafana, packages } from './support/grafana.ts';

/** Of the contract: alerts, recording rules and other dashboards may use them, so that they never change. */
const CODES = {
  INITIALIZING: 1,
  CREATED: 2,
  RUNNING: 3,
  RESTARTING: 4,
  RECONCILING: 5,
  CANCELLING: 6,
  FAILING: 7,
  SUSPENDED: 8,
  UNKNOWN: 9,
  FINISHED: 10,
  CANCELED: 11,
  FAILED: 12,
  VANISHED: 13,
} as const;

describe.skipIf(packages.skip !== undefined)(`looks ${packages.skip ?? ''}`, () => {
  let grafana: Grafana;
  beforeAll(() => {
    grafana = Grafana.load();
  });

  it('shows each state by its name, each in a colour of its own', () => {
    expect(Object.keys(CODES).toSorted()).toEqual([...RUN_STATES].toSorted());
    const display = grafana.display(panelNamed('State of each run').fieldConfig.defaults);
    const shown = Object.values(CODES).map((code) => display(code));
    expect(shown.map(({ text }) => text)).toEqual(Object.keys(CODES));
    expect(new Set(shown.map(({ color }) => color)).size).toBe(RUN_STATES.length);
  });

  it('asks for the same numbers as it shows', () => {
    const [query] = panelNamed('State of each run').targets ?? [];
    const asked = [...(query?.expr.matchAll(/vector\((\d+)\), "state", "(\w+)"/g) ?? [])];
    expect(Object.fromEntries(asked.map(([, code, state]) => [state, Number(code)]))).toEqual(CODES);
  });

  it('has units that Grafana knows', () => {
    const known = grafana.units();
    const used = dashboards
      .flatMap(panelsOf)
      .flatMap(({ fieldConfig: { defaults, overrides } }) => [
        defaults.unit ?? 'none',
        ...overrides.flatMap(({ properties }) =>
          properties.filter(({ id }) => id === 'unit').map(({ value }) => value),
        ),
      ]);
    expect(used.filter((unit) => !known.has(String(unit)))).toEqual([]);
    expect(used.length).toBeGreaterThan(50);
  });

  it.each([
    ['In this state for', 86_400, '1 day'],
    ['Size of checkpoints', 4096, '4 KiB'],
    ['Limits that are in use', 0.5, '50%'],
    ['Mode', 1, 'dry run'],
    ['Up', 0, 'down'],
  ])('shows a value of %s as people read it', (title, value, text) => {
    const { text: number, suffix = '' } = grafana.display(panelNamed(title).fieldConfig.defaults)(value);
    expect(`${number}${suffix}`).toBe(text);
  });

  it('merges the rows of a table though some queries answer nothing', async () => {
    const run = { flink_cluster: 'c', job_name: 'orders' };
    const columns = await grafana.table(panelNamed('Broken jobs'), [
      [
        { labels: { ...run, job_id: '1', problem: 'FAILED' }, value: '1767225600000' },
        { labels: { ...run, job_id: '2', problem: 'UNKNOWN' }, value: '1767225600000' },
        { labels: { ...run, job_name: 'absent', problem: 'MISSING' }, value: '0' },
      ],
      [{ labels: { ...run, job_id: '1', exception: 'java.io.IOException', task: 'Source' }, value: '1' }],
      [],
    ]);
    const shown = Object.fromEntries(columns.map(({ title, texts }) => [title, texts]));
    expect(shown).toMatchObject({
      Problem: ['failed', 'unknown', 'missing'],
      Job: ['orders', 'orders', 'absent'],
      'Last failure': ['java.io.IOException', '', ''],
    });
    expect(shown['Since']?.map((text) => text.slice(0, 4))).toEqual(['2026', '2026', '–']);
  });
});
