/**
 * The rules for rules: what pint checks that can be checked without a Prometheus, the style of the monitoring mixins, and
 * what flink-medic promises of its alerts. Pure; lint.test.ts runs it over alerts/ and over what is wrong on purpose.
 */

import type { PromisedAlert } from './contract.ts';
import { calls, compares, type Metrics, problemsOfExpression, secondsOf } from './lint-expression.ts';
import { metricsOf } from './promql.ts';
import { type LabelsOfMetric, resultLabels } from './result-labels.ts';
import { type AlertingRule, isAlert, type RecordingRule, type RuleFile } from './rule-files.ts';

export interface LintOptions {
  /** What flink-medic exports. */
  readonly metrics: Metrics;
  /** By file and name. */
  readonly promised: Readonly<Record<string, Readonly<Record<string, PromisedAlert>>>>;
}

/** Labels of the scrape: a series has them, an alert must not. */
const OF_THE_SCRAPE = ['instance', 'job'];

/** Two evaluations of every minute: a scrape that is late is not absent. */
const SHORTEST_ABSENCE_SECONDS = 120;

/** @returns sentences that begin with file and rule; none when all is well */
export function lint(files: readonly RuleFile[], { metrics, promised }: LintOptions): string[] {
  const recorded = new Map<string, RecordingRule>();
  const rules = files.flatMap((file) =>
    file.groups.flatMap((group) => group.rules.map((rule) => ({ file: file.name, rule }))),
  );
  for (const { rule } of rules) if (!isAlert(rule)) recorded.set(rule.record, rule);
  const linter = new Linter(metrics, recorded);
  return [
    ...rules.flatMap(({ file, rule }) => {
      const problems = isAlert(rule)
        ? linter.problemsOfAlert(rule, promised[file]?.[rule.alert])
        : linter.problemsOfRecording(rule);
      return problems.map((problem) => `${file}: ${isAlert(rule) ? rule.alert : rule.record}: ${problem}`);
    }),
    ...missing(files, promised),
    ...repeated(rules.map(({ file, rule }) => `${file}: ${JSON.stringify(rule)}`)),
    ...repeated(files.flatMap(({ groups }) => groups.map(({ name }) => `the group ${name}`))),
    ...files.flatMap(problemsOfTests),
  ];
}

class Linter {
  readonly #recorded: ReadonlyMap<string, RecordingRule>;
  readonly #metrics: Metrics;

  constructor(metrics: Metrics, recorded: ReadonlyMap<string, RecordingRule>) {
    this.#recorded = recorded;
    const all = new Map(metrics);
    const labelsOf = (name: string): readonly string[] => {
      const rule = recorded.get(name);
      return rule === undefined ? (metrics.get(name)?.labels ?? []) : tryResultLabels(rule.expr, labelsOf).labels;
    };
    for (const name of recorded.keys()) all.set(name, { type: 'gauge', labels: labelsOf(name) });
    this.#metrics = all;
  }

  problemsOfRecording({ record, expr, labels = {} }: RecordingRule): string[] {
    return [
      ...problemsOfExpression(expr, this.#metrics),
      ...this.#identity(expr).problems,
      ...unless(/^[a-z_]+(:[a-z_]+){2}$/.test(record), 'is not named level:metric:operation'),
      ...unless(Object.keys(labels).length === 0, 'adds labels'),
    ];
  }

  problemsOfAlert(rule: AlertingRule, promised: PromisedAlert | undefined): string[] {
    if (promised === undefined) return ['is an alert that nobody was promised'];
    const { expr, labels = {}, annotations = {} } = rule;
    const problems = problemsOfExpression(expr, this.#metrics);
    if (problems.length > 0) return problems;
    const identity = this.#identity(expr);
    const { severity, ...own } = labels;
    const all = [...identity.labels, ...Object.keys(own)].toSorted();
    return [
      ...identity.problems,
      ...unless(severity === promised.severity, `is ${severity}, not ${promised.severity}`),
      ...unless(all.join() === promised.labels.join(), `has the labels ${all.join()}, not ${promised.labels.join()}`),
      ...unless(!Object.values(labels).some((value) => value.includes('{{')), 'has a template in a label'),
      ...unless(this.#compares(expr), 'compares with nothing'),
      ...unless(!calls(expr, 'Topk', 'Bottomk', 'LimitK', 'LimitRatio'), 'picks series, which flap'),
      ...problemsOfDurations(rule),
      ...this.#problemsOfAnnotations(annotations, all),
    ];
  }

  #identity(expr: string): ResultLabels {
    const { labels, problems } = tryResultLabels(expr, (name) => {
      const own = this.#metrics.get(name)?.labels ?? [];
      return this.#recorded.has(name) ? own : [...own, ...OF_THE_SCRAPE];
    });
    const scraped = labels.filter((label) => OF_THE_SCRAPE.includes(label));
    return {
      labels,
      problems: [...problems, ...unless(scraped.length === 0, `keeps the label ${scraped.join()} of the scrape`)],
    };
  }

  /** Itself, or the recording rule that it reads. */
  #compares(expr: string): boolean {
    return (
      compares(expr) ||
      metricsOf(expr).some(({ name }) => {
        const recorded = this.#recorded.get(name);
        return recorded !== undefined && this.#compares(recorded.expr);
      })
    );
  }

  #problemsOfAnnotations(annotations: Readonly<Record<string, string>>, labels: readonly string[]): string[] {
    const { summary = '', description = '' } = annotations;
    const texts = Object.values(annotations);
    const used = texts.flatMap((text) => Array.from(text.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label));
    const named = ['flink_cluster', 'job_name', 'archive'].filter((label) => labels.includes(label));
    return [
      ...unless(/^[\w-][^.{}]*\.$/.test(summary), 'has no summary of one constant sentence with a full stop'),
      ...unless(
        /\.\s*$/.test(description.replaceAll(/\{\{.*?\}\}/gs, '')),
        'has no description that ends with a full stop',
      ),
      ...named
        .filter((label) => !description.includes(`$labels.${label}`))
        .map((label) => `does not name ${label} in the description`),
      ...used.filter((label) => !labels.includes(label)).map((label) => `shows ${label}, which it does not have`),
      ...texts.flatMap((text) =>
        queriesIn(text).flatMap((expr) =>
          problemsOfExpression(expr, this.#metrics).map((problem) => `asks "${expr}": ${problem}`),
        ),
      ),
    ];
  }
}

interface ResultLabels {
  readonly labels: readonly string[];
  readonly problems: readonly string[];
}

function tryResultLabels(expr: string, ofMetric: LabelsOfMetric): ResultLabels {
  try {
    return { labels: resultLabels(expr, ofMetric), problems: [] };
  } catch (error) {
    return { labels: [], problems: [(error as Error).message] };
  }
}

/** Expressions of `query "…"` and of printf with a raw string and `| query`, their verbs filled. */
export function queriesIn(template: string): string[] {
  const actions = Array.from(template.matchAll(/\{\{-?(.*?)-?\}\}/gs), ([, action = '']) => action);
  return actions
    .filter((action) => /(?<![\w.])query\b/.test(action))
    .map((action) => {
      const [, raw, quoted] = /`([^`]*)`|"((?:\\.|[^"\\])*)"/.exec(action) ?? [];
      return (raw ?? quoted?.replaceAll('\\"', '"') ?? '').replaceAll('%q', '"x"');
    });
}

function problemsOfDurations(rule: AlertingRule): string[] {
  const pending = rule.for === undefined ? 0 : secondsOf(rule.for);
  const kept = rule.keep_firing_for === undefined ? 1 : secondsOf(rule.keep_firing_for);
  const waits = !calls(rule.expr, 'Absent', 'AbsentOverTime') || pending >= SHORTEST_ABSENCE_SECONDS;
  return [
    ...unless(!Number.isNaN(pending), `has for: ${rule.for}`),
    ...unless(!Number.isNaN(kept), `has keep_firing_for: ${rule.keep_firing_for}`),
    ...unless(waits, 'must wait: what is absent may only be late'),
  ];
}

function missing(files: readonly RuleFile[], promised: LintOptions['promised']): string[] {
  return Object.entries(promised).flatMap(([file, alerts]) => {
    const rules = files.find(({ name }) => name === file)?.groups.flatMap((group) => group.rules) ?? [];
    const names = new Set(rules.filter(isAlert).map(({ alert }) => alert));
    return Object.keys(alerts)
      .filter((alert) => !names.has(alert))
      .map((alert) => `${file}: ${alert}: was promised and is not there`);
  });
}

/** Every alert is expected to fire, and to be silent, at least once. */
function problemsOfTests({ name, groups, tests }: RuleFile): string[] {
  const alerts = new Set(groups.flatMap(({ rules }) => rules.filter(isAlert).map(({ alert }) => alert)));
  const cases = tests.tests.flatMap(({ alert_rule_test: each = [] }) => each);
  const expects = (alert: string, fires: boolean): boolean =>
    cases.some(({ alertname, exp_alerts: expected = [] }) => alertname === alert && expected.length > 0 === fires);
  return [
    ...unless(tests.rule_files.join() === `${name}.rules.yml`, `${name}: its tests are of ${tests.rule_files.join()}`),
    ...[...alerts].flatMap((alert) => [
      ...unless(expects(alert, true), `${name}: ${alert}: no test expects it to fire`),
      ...unless(expects(alert, false), `${name}: ${alert}: no test expects it to be silent`),
    ]),
    ...cases
      .filter(({ alertname }) => !alerts.has(alertname))
      .map(({ alertname }) => `${name}: ${alertname}: is tested and is not there`),
  ];
}

function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) < index).map((text) => `${text} is there twice`);
}

function unless(holds: boolean, problem: string): string[] {
  return holds ? [] : [problem];
}
