/** Links in the alerts and their tests, the Prometheus Operator's flavour, and `npm run rules`. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { annotateRules, annotateTests } from '../../alerts/generate/annotate.ts';
import { ruleFiles } from '../../alerts/generate/files.ts';
import { type Bases, DEFAULT_BASES } from '../../alerts/generate/links.ts';
import { readOptions, USAGE } from '../../alerts/generate/options.ts';
import { alertmanagerConfig, prometheusRule, serviceMonitor } from '../../alerts/generate/operator.ts';

const ROOT = join(import.meta.dirname, '../..');
const BASES: Bases = { runbook: 'https://a.example.org/rb', dashboard: 'https://b.example.org' };

/** A rule file with one alert among other things. */
function rulesWith(annotations: string): string {
  return `# A comment
groups:
  - name: g
    rules:
      - record: a:b:c # says what
        expr:   up
      - alert: FlinkJobStuck
        expr: |
          up ==
            0
        labels: {severity: warning}
        annotations:
${annotations}

      # The next one.
      - record: d
        expr: up
`;
}

describe('annotateRules', () => {
  const LINKS = `          runbook_url: https://a.example.org/rb/flinkjobstuck.md
          dashboard_url: https://b.example.org/d/flink-medic-job?var-flink_cluster={{ or $labels.flink_cluster "$__all" | urlquery }}&var-job_name={{ or $labels.job_name "$__all" | urlquery }}`;

  it.each([
    [
      'a folded',
      '          summary: S.\n          description: >-\n            One: {{ $labels.a }}\n            # two.',
    ],
    ['a literal', '          summary: "S."\n          description: |\n            One\n\n            two.'],
    ['a quoted', "          summary: S.\n          description: 'One\n            two.'"],
    ['a plain', '          summary: S. # so it is\n          description: One. # and more'],
  ])('puts links behind %s description and changes nothing else, once', (_, annotations) => {
    const once = annotateRules('flink-jobs', rulesWith(annotations), BASES);
    expect(once).toBe(rulesWith(`${annotations}\n${LINKS}`));
    expect(annotateRules('flink-jobs', once, BASES)).toBe(once);
    const elsewhere = annotateRules('flink-jobs', once, DEFAULT_BASES);
    expect(elsewhere).not.toContain('example.org');
    expect(annotateRules('flink-jobs', elsewhere, BASES)).toBe(once);
  });

  it.each([
    ['flink-failures', 'FlinkJobFailed', '/d/flink-medic-job?var-flink_cluster={{', '&var-job_name={{'],
    ['flink-failures', 'FlinkJobRepairFailed', '/d/flink-medic-restarts?var-flink_cluster={{', '&var-job_name={{'],
    ['flink-clusters', 'FlinkArchiveUnreadable', '/d/flink-medic-fleet?var-flink_cluster={{', 'urlquery }}\n'],
    ['flink-medic', 'FlinkMedicPausedLong', '/d/flink-medic-restarts?var-flink_cluster={{', 'urlquery }}\n'],
    ['flink-medic', 'FlinkMedicDown', '/d/flink-medic-exporter\n', ''],
  ])('leads from %s, %s to %s … %s', (file, alert, ...parts) => {
    const text = rulesWith('          summary: S.\n          description: D.').replace('FlinkJobStuck', alert);
    for (const part of parts) expect(annotateRules(file, text, BASES)).toContain(part);
  });

  it.each([
    ['          summary: S.'],
    ['          description: D.'],
    ['          description: D.\n          summary: S.'],
    ['          summary: S.\n          description: D.\n          more: M.'],
  ])('refuses other annotations than summary and description: %j', (annotations) => {
    expect(() => annotateRules('flink-jobs', rulesWith(annotations), BASES)).toThrow(
      'flink-jobs.rules.yml: FlinkJobStuck must have the annotations summary and description, in this order',
    );
  });

  it('refuses a file that has no dashboard, and what is no YAML', () => {
    const text = rulesWith('          summary: S.\n          description: D.');
    expect(() => annotateRules('other', text, BASES)).toThrow('other.rules.yml: alerts/generate/links.ts has no');
    expect(() => annotateRules('flink-jobs', `${text}  - : {`, BASES)).toThrow('flink-jobs.rules.yml: ');
  });
});

describe('annotateTests', () => {
  it('fills in the labels of every alert that is expected, in either style, and leaves aliases alone', () => {
    const text = `rule_files: [flink-jobs.rules.yml]
tests:
  - alert_rule_test:
      - {eval_time: 50s, alertname: FlinkJobStuck, exp_alerts: []}
      - &firing
        eval_time: 65s
        alertname: FlinkJobStuck
        exp_alerts:
          - exp_labels: &labels {flink_cluster: a b/ü, job_name: "*~!('"}
            exp_annotations:
              summary: S.
              description: >-
                One
                two.
          - exp_labels: {<<: *labels, job_name: o}
            exp_annotations: {summary: S., description: 'D, d'}
      - {<<: *firing, eval_time: 3m}
  - promql_expr_test: []
`;
    const expected = text
      .replace(
        'two.\n',
        `two.
              runbook_url: https://a.example.org/rb/flinkjobstuck.md
              dashboard_url: https://b.example.org/d/flink-medic-job?var-flink_cluster=a+b%2F%C3%BC&var-job_name=%2A~%21%28%27
`,
      )
      .replace(
        "'D, d'",
        "'D, d', runbook_url: 'https://a.example.org/rb/flinkjobstuck.md', dashboard_url: 'https://b.example.org/d/flink-medic-job?var-flink_cluster=a+b%2F%C3%BC&var-job_name=o'",
      );
    expect(annotateTests('flink-jobs', text, BASES)).toBe(expected);
    expect(annotateTests('flink-jobs', expected, BASES)).toBe(expected);
    expect(() => parse(expected, { merge: true })).not.toThrow();
  });

  it('shows all where the label of an alert is empty', () => {
    const alert = '{exp_labels: {severity: warning}, exp_annotations: {summary: S., description: D.}}';
    const text = `tests: [{alert_rule_test: [{alertname: FlinkMedicPausedLong, exp_alerts: [${alert}]}]}]\n`;
    expect(annotateTests('flink-medic', text, BASES)).toContain('/d/flink-medic-restarts?var-flink_cluster=%24__all');
  });
});

describe('the flavour of the Prometheus Operator', () => {
  it('has the groups of all rule files, unchanged', () => {
    const text = prometheusRule([
      'groups: [{name: a, rules: []}]',
      'groups: [{name: b, rules: []}, {name: c, rules: []}]',
    ]);
    expect(parse(text)).toMatchObject({ spec: { groups: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] } });
    const plain = ruleFiles(BASES).map(([, file]) => parse(file) as { groups: unknown[]; spec: { groups: unknown[] } });
    expect(plain.pop()?.spec.groups).toEqual(plain.flatMap(({ groups }) => groups));
    expect(() => prometheusRule(['groups: []\nnamespace: x'])).toThrow('namespace');
  });

  it('scrapes as often as the example, and refuses what it would lose', () => {
    const text = readFileSync(join(ROOT, 'examples/prometheus.yml'), 'utf8');
    expect(parse(serviceMonitor(text.replace(/scrape_interval: \w+/, 'scrape_interval: 7s')))).toMatchObject({
      spec: { endpoints: [{ port: 'http', interval: '7s' }] },
    });
    const changed = text.replace('- job_name: flink-medic\n', '- job_name: flink-medic\n    scheme: https\n');
    expect(() => serviceMonitor(changed)).toThrow('scheme');
  });

  describe('of an Alertmanager', () => {
    const example = readFileSync(join(ROOT, 'examples/alertmanager.yml'), 'utf8');

    it('has the route to flink-medic, its token from the Secret, and every inhibition', () => {
      const { spec } = parse(alertmanagerConfig(example)) as {
        readonly spec: { readonly route: unknown; readonly receivers: unknown; readonly inhibitRules: unknown[] };
      };
      expect(spec.route).toEqual({
        receiver: 'flink-medic',
        matchers: [{ name: 'flink_medic', matchType: '=', value: 'restart' }],
        continue: true,
        groupBy: ['flink_cluster', 'job_name'],
        groupWait: '1s',
        groupInterval: '1m',
        repeatInterval: '10m',
      });
      expect(spec.receivers).toEqual([
        {
          name: 'flink-medic',
          webhookConfigs: [
            {
              url: 'http://flink-medic.flink-medic.svc:10082/api/v1/alertmanager',
              httpConfig: { authorization: { credentials: { name: 'flink-medic', key: 'webhook-token' } } },
            },
          ],
        },
      ]);
      const { inhibit_rules: inhibitions } = parse(example) as { readonly inhibit_rules: unknown[] };
      expect(spec.inhibitRules).toHaveLength(inhibitions.length);
      expect(spec.inhibitRules).toContainEqual({
        sourceMatch: [{ name: 'alertname', matchType: '=', value: 'FlinkMedicBreakerOpen' }],
        targetMatch: [{ name: 'alertname', matchType: '=~', value: 'FlinkJobRepairSlow|FlinkJobRepairNotStarted' }],
        equal: ['flink_cluster'],
      });
    });

    it.each([
      [
        'a key of the route',
        'group_wait: 1s',
        'group_wait: 1s\n      mute_time_intervals: [night]',
        'mute_time_intervals',
      ],
      ['a key of the webhook', '- url: http', '- max_alerts: 3\n        url: http', 'max_alerts'],
      ['another address', 'http://localhost:10082', 'http://elsewhere:10082', 'localhost:10082'],
      ['a matcher', `'flink_medic="restart"'`, 'flink_medic=restart', 'flink_medic=restart'],
      ['the route', 'receiver: flink-medic', 'receiver: medic', 'expected object'],
    ])('refuses %s that it would lose', (_, text, instead, message) => {
      expect(example).toContain(text);
      expect(() => alertmanagerConfig(example.replace(text, instead))).toThrow(message);
    });
  });
});

it('the links of shipped alerts lead to dashboards that are there, with variables that can be all', () => {
  const dashboards = readdirSync(join(ROOT, 'grafana/dashboards')).map((file) => {
    const text = readFileSync(join(ROOT, 'grafana/dashboards', file), 'utf8');
    return JSON.parse(text) as { uid: string; templating: { list: { name: string; includeAll?: boolean }[] } };
  });
  const places = dashboards.flatMap(({ uid, templating: { list } }) => [
    uid,
    ...list.filter(({ includeAll }) => includeAll).map(({ name }) => `${uid}?${name}`),
  ]);
  const rules = ruleFiles(DEFAULT_BASES).map(([, text]) => text);
  const links = rules.flatMap((text) => text.matchAll(/dashboard_url: \S+\/d\/([\w-]+)(.*)$/gm).toArray());
  const wanted = links.flatMap(([, uid = '', query = '']) => [
    uid,
    ...query.matchAll(/[?&]var-(\w+)=/g).map(([, name = '']) => `${uid}?${name}`),
  ]);
  expect(new Set(wanted).size).toBeGreaterThan(8);
  expect(wanted.filter((place) => !places.includes(place))).toEqual([]);
});

describe('npm run rules', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flink-medic-rules-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function rules(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [join(ROOT, 'alerts/rules.ts'), ...args], { cwd: folder, encoding: 'utf8' });
  }

  it('says so when it cannot write', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(rules('--output=file')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^rules: cannot write to file: EEXIST.*\n$/) as unknown,
    });
  });

  it('writes every rule file and the PrometheusRule with the links that are wanted, and says so', () => {
    const { status, stdout } = rules(
      '--runbook-base=https://a.example.org/rb/',
      '--dashboard-base=https://b.example.org',
    );
    const files = readdirSync(join(ROOT, 'alerts')).filter((file) => file.endsWith('.rules.yml'));
    const written = [...files.toSorted(), 'prometheusrule.yaml'];
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: written.map((file) => `wrote ${join('dist', 'rules', file)}\n`).join(''),
    });
    for (const file of written) {
      const text = readFileSync(join(folder, 'dist/rules', file), 'utf8');
      const alerts = text.matchAll(/- alert: /g).toArray().length;
      expect(text.matchAll(/runbook_url: https:\/\/a\.example\.org\/rb\/flink\w+\.md\n/g).toArray()).toHaveLength(
        alerts,
      );
      expect(text.matchAll(/dashboard_url: https:\/\/b\.example\.org\/d\/flink-medic-\w+/g).toArray()).toHaveLength(
        alerts,
      );
    }
  });

  it('writes nothing when an option is wrong', () => {
    const { status, stdout, stderr } = rules('--runbooks=x');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain("rules: Unknown option '--runbooks'");
    expect(stderr).toContain(USAGE);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has defaults', () => {
    expect(readOptions([])).toEqual({ help: false, bases: DEFAULT_BASES, output: join('dist', 'rules') });
  });

  it.each([
    ['--dashboard-base=https://u:p@x', '--dashboard-base: leave out the user; it would be in every alert'],
    ['--runbook-base=example.org', '--runbook-base: "example.org" is no http or https URL'],
    ['--dashboard-base=https://x/?a={{ b }}', '--dashboard-base: "https://x/?a={{ b }}" is no http or https URL'],
    ['--output=', '--output needs a folder'],
    ['x', 'Unexpected argument'],
  ])('refuses %s', (arg, message) => {
    expect(() => readOptions([arg])).toThrow(message);
  });
});
