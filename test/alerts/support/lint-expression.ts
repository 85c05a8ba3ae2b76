/** What is wrong with an expression of a rule or of an annotation: the promql checks of pint, and our own. Pure. */

import type { Metric } from './exported-metrics.ts';
import { metricsOf } from './promql.ts';
import { childOf, nodesOf, parsePromql, type PromqlNode, selectorOf } from './promql-syntax.ts';

/** What may be named, by name; recording rules among it. */
export type Metrics = ReadonlyMap<string, Pick<Metric, 'type' | 'labels'>>;

/** They measure how a counter grows, and mean nothing of a gauge. */
const OF_COUNTERS = ['rate', 'irate', 'increase', 'resets'];

/** Eight scrapes of examples/prometheus.yml: fewer say little, and two of once a minute are in it. */
const SHORTEST_RANGE_SECONDS = 120;

const COMPARISONS = ['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'];

/** @returns sentences; none when all is well */
export function problemsOfExpression(expr: string, metrics: Metrics): string[] {
  let tree: PromqlNode;
  try {
    tree = parsePromql(expr);
  } catch (error) {
    return [(error as Error).message];
  }
  return [...unknownNames(expr, metrics), ...wrongGrowth(tree, metrics)];
}

/** Whether it leaves out series by their value, or says that there are none. */
export function compares(expr: string): boolean {
  return nodesOf(parsePromql(expr)).some(
    ({ kind, children }) =>
      kind === 'Absent' ||
      kind === 'AbsentOverTime' ||
      (kind === 'BinaryExpr' && children.some((child) => COMPARISONS.includes(child.kind))),
  );
}

/** Whether a function or an aggregation of this grammar kind is called. */
export function calls(expr: string, ...kinds: readonly string[]): boolean {
  return nodesOf(parsePromql(expr)).some(({ kind }) => kinds.includes(kind));
}

function unknownNames(expr: string, metrics: Metrics): string[] {
  return metricsOf(expr).flatMap(({ name, labels }) => {
    const metric = metrics.get(name);
    if (metric === undefined) return [`${name} is not exported`];
    return labels.filter((label) => !metric.labels.includes(label)).map((label) => `${name} has no label ${label}`);
  });
}

/**
 * Counters only by their growth, growth only of counters, and over a range in which there is some. On the right of `and`
 * and `unless` a counter may stand as it is: only its presence counts there.
 */
function wrongGrowth(tree: PromqlNode, metrics: Metrics): string[] {
  const problems: string[] = [];
  const visit = (node: PromqlNode, growthOf: string | undefined, valued: boolean): void => {
    if (node.kind === 'VectorSelector') {
      const { name } = selectorOf(node);
      const isCounter = metrics.get(name)?.type === 'counter';
      if (growthOf !== undefined && !isCounter) problems.push(`${growthOf} of ${name}, which is no counter`);
      if (growthOf === undefined && isCounter && valued) {
        problems.push(`${name} is a counter: only its growth means anything`);
      }
    }
    if (node.kind === 'MatrixSelector' && growthOf !== undefined) {
      const range = childOf(node, 'DurationExpr')?.text ?? '';
      if (secondsOf(range) < SHORTEST_RANGE_SECONDS) problems.push(`${growthOf} over ${range} is too short`);
    }
    const called = childOf(node, 'FunctionIdentifier')?.text ?? '';
    const inside = OF_COUNTERS.includes(called) ? called : growthOf;
    const filters = node.children.some(({ kind }) => kind === 'And' || kind === 'Unless');
    const chooses = filters || node.children.some(({ kind }) => kind === 'Or');
    for (const child of node.children) {
      const isFilter = filters && child === node.children.at(-1);
      visit(child, inside, !isFilter && (valued || (node.kind === 'BinaryExpr' && !chooses)));
    }
  };
  visit(tree, undefined, true);
  return problems;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = /^([1-9]\d*)([smhd])$/;

/** A duration of one unit, as the rules write them; NaN for anything else, and for nothing. */
export function secondsOf(duration: string): number {
  const [, number, unit = ''] = DURATION.exec(duration) ?? [];
  return Number(number) * (SECONDS[unit] ?? Number.NaN);
}
