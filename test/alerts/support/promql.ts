/**
 * Which metrics a PromQL expression names, with the labels that it needs of each. Keeps nothing; the tests of rules,
 * runbooks and dashboards hold the answer against the family records.
 */

import {
  aggregatedBy,
  childOf,
  matchingOf,
  parsePromql,
  type PromqlNode,
  selectorOf,
  unquote,
} from './promql-syntax.ts';

export interface NamedMetric {
  readonly name: string;
  /** Of its matchers, and of every `by`, `on` and group modifier around it that reaches it. In order, each once. */
  readonly labels: readonly string[];
}

/**
 * One entry for each selector, in their order. Variables of Grafana are to be replaced before where PromQL has a
 * duration (`[$__rate_interval]`); in a string they may stay.
 *
 * @throws SyntaxError when it is no PromQL, or when a selector has no metric name
 */
export function metricsOf(expr: string): NamedMetric[] {
  return named(parsePromql(expr), []);
}

/** @param wanted labels that the expression around needs of the result of this one */
function named(node: PromqlNode, wanted: readonly string[]): NamedMetric[] {
  switch (node.kind) {
    case 'VectorSelector': {
      const { name, matchers } = selectorOf(node);
      return [{ name, labels: [...new Set([...matchers.map(({ label }) => label), ...wanted])].toSorted() }];
    }
    case 'AggregateExpr':
      // Without `by` the labels do not survive, or are those that `without` leaves.
      return below(node, aggregatedBy(node) ?? (childOf(node, 'AggregateModifier') ? wanted : []));
    case 'BinaryExpr':
      return namedInBinary(node, wanted);
    case 'FunctionCall':
      return below(node, wantedOfArguments(node, wanted));
    default:
      return below(node, wanted);
  }
}

function below(node: PromqlNode, wanted: readonly string[]): NamedMetric[] {
  return node.children.flatMap((child) => named(child, wanted));
}

function namedInBinary(node: PromqlNode, wanted: readonly string[]): NamedMetric[] {
  const { on = [], group } = matchingOf(node);
  const [left, right] = [node.children.at(0), node.children.at(-1)];
  if (left === undefined || right === undefined) return [];
  const filters = childOf(node, 'And') !== undefined || childOf(node, 'Unless') !== undefined;
  if (filters) return [...named(left, [...wanted, ...on]), ...named(right, on)];
  if (group === undefined) return below(node, [...wanted, ...on]);
  const many = [...wanted.filter((label) => !group.labels.includes(label)), ...on];
  const one = [...group.labels, ...on];
  return group.many === 'left'
    ? [...named(left, many), ...named(right, one)]
    : [...named(left, one), ...named(right, many)];
}

/** `label_replace` makes one label out of another; what is absent has the labels of its matchers only. */
function wantedOfArguments(node: PromqlNode, wanted: readonly string[]): readonly string[] {
  const name = childOf(node, 'FunctionIdentifier')?.text ?? '';
  if (name.startsWith('absent')) return [];
  if (name !== 'label_replace') return wanted;
  const [, made, , from] = childOf(node, 'FunctionCallBody')?.children.map(({ text }) => unquote(text)) ?? [];
  return [...wanted.filter((label) => label !== made), ...(from ? [from] : [])];
}
