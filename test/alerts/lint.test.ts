/** The shipped rules are clean by all rules for rules, and each of those finds what it is for. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROMISED_ALERTS } from './support/contract.ts';
import { exportedMetrics } from './support/exported-metrics.ts';
import { lint, queriesIn } from './support/lint.ts';
import { type RuleGroup, ruleFiles, type TestFile } from './support/rule-files.ts';

const metrics = exportedMetrics();

describe('the shipped rules', () => {
  it('are clean', () => {
    expect(lint(ruleFiles(), { metrics, promised: PROMISED_ALERTS })).toEqual([]);
  });
});

describe('the linter', () => {
  const RULE = `alert: FlinkDown
expr: max by (flink_cluster) (flink_cluster_up) == 0
for: 2m
keep_firing_for: 5m
labels: {severity: critical}
annotations:
  summary: A cluster is down.
  description: Cluster {{ $labels.flink_cluster }} is down.
`;
  const RECORDING = `record: flink:up:max
expr: max by (flink_cluster) (flink_cluster_up == 1)
`;
  const TESTS: TestFile = {
    rule_files: ['flink.rules.yml'],
    evaluation_interval: '15s',
    tests: [{ alert_rule_test: [{ alertname: 'FlinkDown', exp_alerts: [{}] }, { alertname: 'FlinkDown' }] }],
  };

  function problems(rules: readonly string[], tests = TESTS): string[] {
    const group: RuleGroup = { name: 'flink', rules: rules.map((rule) => parse(rule) as RuleGroup['rules'][number]) };
    const promised = { flink: { FlinkDown: { severity: 'critical', labels: ['flink_cluster'] } } } as const;
    return lint([{ name: 'flink', groups: [group], tests }], { metrics, promised });
  }

  it('accepts what is well made', () => {
    expect(problems([RULE, RECORDING])).toEqual([]);
    expect(problems([RULE.replace(/expr: .*/, 'expr: flink:up:max'), RECORDING])).toEqual([]);
  });

  it.each([
    ['no PromQL', /expr: .*/, 'expr: max by (', 'no PromQL at "" of max by ('],
    ['an unknown metric', 'flink_cluster_up', 'flink_cluster_upp', 'flink_cluster_upp is not exported'],
    ['an unknown label', '_up)', '_up{job_id="a"})', 'flink_cluster_up has no label job_id'],
    [
      'a label of the scrape',
      'by (flink_cluster)',
      'by (flink_cluster, instance)',
      'flink_cluster_up has no label instance',
    ],
    [
      'every label of the scrape',
      'max by (flink_cluster) (flink_cluster_up)',
      'flink_cluster_up',
      'keeps the label instance,job of the scrape',
    ],
    [
      'a side that never matches',
      '== 0',
      '== 0 and on (flink_cluster) max by (mode) (flink_cluster_info)',
      'no label flink_cluster in',
    ],
    ['no comparison', ' == 0', '', 'compares with nothing'],
    [
      'a bare counter',
      'flink_cluster_up',
      'flink_cluster_requests_total',
      'flink_cluster_requests_total is a counter: only its growth means anything',
    ],
    [
      'growth of a gauge',
      '(flink_cluster_up)',
      '(rate(flink_cluster_up[5m]))',
      'rate of flink_cluster_up, which is no counter',
    ],
    [
      'growth over nothing',
      '(flink_cluster_up)',
      '(rate(flink_cluster_requests_total[1m]))',
      'rate over 1m is too short',
    ],
    [
      'picked series',
      'max by (flink_cluster) (flink_cluster_up)',
      'topk(1, max by (flink_cluster) (flink_cluster_up))',
      'picks series, which flap',
    ],
    ['another severity', 'severity: critical', 'severity: warning', 'is warning, not critical'],
    [
      'another label',
      'severity: critical',
      'severity: critical, team: a',
      'has the labels flink_cluster,team, not flink_cluster',
    ],
    [
      'a template in a label',
      'severity: critical',
      'severity: critical, flink_cluster: "{{ $value }}"',
      'has a template in a label',
    ],
    ['no for', 'for: 2m', 'for: 0m', 'has for: 0m'],
    ['no keep_firing_for', 'keep_firing_for: 5m', 'keep_firing_for: five', 'has keep_firing_for: five'],
    ['no summary', /summary: .*/, 'summary: ""', 'has no summary of one constant sentence with a full stop'],
    [
      'a summary without full stop',
      'is down.\n  desc',
      'is down\n  desc',
      'has no summary of one constant sentence with a full stop',
    ],
    [
      'a summary with a template',
      'A cluster is',
      'A {{ $labels.flink_cluster }} is',
      'has no summary of one constant sentence with a full stop',
    ],
    ['no description', /description: .*/, 'description: ""', 'has no description that ends with a full stop'],
    ['a description of anything', '{{ $labels.flink_cluster }}', 'p', 'does not name flink_cluster in the description'],
    [
      'a label that it has not',
      '$labels.flink_cluster }}',
      '$labels.flink_cluster }}{{ $labels.job_name }}',
      'shows job_name, which it does not have',
    ],
    [
      'a query of an unknown metric',
      '}} is',
      '}}{{ with query "max(flink_up)" }}{{ end }} is',
      'asks "max(flink_up)": flink_up is not exported',
    ],
    ['an alert of its own', 'alert: FlinkDown', 'alert: FlinkUp', 'is an alert that nobody was promised'],
  ])('finds %s', (_, text, instead, problem) => {
    const rule = RULE.replace(text, instead);
    expect(rule).not.toBe(RULE);
    expect(problems([rule]).join('\n')).toContain(problem);
  });

  it('lets a counter be asked for, not compared, where it filters', () => {
    const filtered = RULE.replace(
      '== 0',
      '== 0 unless on (flink_cluster) (flink_cluster_requests_total or flink_cluster_up)',
    );
    expect(problems([filtered])).toEqual([]);
    expect(problems([filtered.replace('_total', '_total > 5')])).toEqual([
      'flink: FlinkDown: flink_cluster_requests_total is a counter: only its growth means anything',
    ]);
  });

  it('finds an absence that does not wait', () => {
    const rule = RULE.replace(/expr: .*/, 'expr: absent(flink_cluster_up{flink_cluster="p"})');
    expect(problems([rule])).toEqual([]);
    for (const pending of ['', 'for: 1m\n']) {
      expect(problems([rule.replace('for: 2m\n', pending)])).toEqual([
        'flink: FlinkDown: must wait: what is absent may only be late',
      ]);
    }
  });

  it.each([
    ['its name', 'flink:up:max', 'flink_up', 'is not named level:metric:operation'],
    ['labels', /$/, 'labels: {a: b}\n', 'adds labels'],
    [
      'labels of the scrape',
      'max by (flink_cluster) (flink_cluster_up == 1)',
      'flink_cluster_up == 1',
      'keeps the label instance,job of the scrape',
    ],
    ['an unknown metric', 'flink_cluster_up', 'flink_up', 'flink_up is not exported'],
  ])('finds with a recording rule %s', (_, text, instead, problem) => {
    expect(problems([RULE, RECORDING.replace(text, instead)]).join('\n')).toContain(problem);
  });

  it('finds what is there twice, and what is not there', () => {
    expect(problems([RULE, RULE])).toEqual([expect.stringContaining('is there twice')]);
    expect(problems([RECORDING], { ...TESTS, tests: [] })).toEqual(['flink: FlinkDown: was promised and is not there']);
  });

  it.each([
    ['never fires', [{ alertname: 'FlinkDown', exp_alerts: [] }], 'FlinkDown: no test expects it to fire'],
    ['is never silent', [{ alertname: 'FlinkDown', exp_alerts: [{}] }], 'FlinkDown: no test expects it to be silent'],
    ['is not there', [{ alertname: 'FlinkUp' }], 'FlinkUp: is tested and is not there'],
  ])('finds an alert that in its tests %s', (_, cases, problem) => {
    expect(problems([RULE], { ...TESTS, tests: [{ alert_rule_test: cases }] })).toContain(`flink: ${problem}`);
  });

  it('finds tests of another file', () => {
    expect(problems([RULE], { ...TESTS, rule_files: ['a.yml'] })).toEqual(['flink: its tests are of a.yml']);
  });
});

describe('queries in a template', () => {
  it.each([
    ['', []],
    ['{{ $labels.query }} query "a"', []],
    ['{{ with query "max(a{b=\\"c\\"})" }}{{ . }}{{ end }}', ['max(a{b="c"})']],
    ['x {{- with printf `a{b=%q}` $labels.b | query -}} y {{ range query `c` }}', ['a{b="x"}', 'c']],
  ])('of %j', (template, queries) => {
    expect(queriesIn(template)).toEqual(queries);
  });
});
