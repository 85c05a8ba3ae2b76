/**
 * The labels that the result of a PromQL expression has: those by which an alert is told from another. Keeps nothing;
 * the linter of the rules calls it.
 */

import {
  aggregatedBy,
  childOf,
  groupingLabels,
  matchingOf,
  parsePromql,
  type PromqlNode,
  selectorOf,
  unquote,
} from './promql-syntax.ts';

/** @returns the labels of a metric, `instance` and `job` of the scrape among them */
export type LabelsOfMetric = (name: string) => readonly string[];

/**
 * Labels of the result, sorted. Some may be empty.
 *
 * @throws SyntaxError when it is no PromQL
 * @throws Error when two sides are matched on a label that one of them does not have, so that nothing matches
 */
export function resultLabels(expr: string, ofMetric: LabelsOfMetric): string[] {
  return [...(labelsOf(parsePromql(expr), ofMetric) ?? [])].toSorted();
}

type Labels = ReadonlySet<string>;

/** These aggregations give series as they are. */
const SELECTING = ['Topk', 'Bottomk', 'LimitK', 'LimitRatio'];

/** These functions give a number, or a vector without labels. */
const UNLABELED = ['time', 'pi', 'scalar', 'vector'];

/** Undefined for a number. */
function labelsOf(node: PromqlNode, ofMetric: LabelsOfMetric): Labels | undefined {
  switch (node.kind) {
    case 'VectorSelector':
      return new Set(ofMetric(selectorOf(node).name));
    case 'AggregateExpr':
      return labelsOfAggregate(node, ofMetric);
    case 'BinaryExpr':
      return labelsOfBinary(node, ofMetric);
    case 'FunctionCall':
      return labelsOfCall(node, ofMetric);
    default:
      return ofChildren(node, ofMetric);
  }
}

/** Of all children: at most one of them is a vector. */
function ofChildren(node: PromqlNode, ofMetric: LabelsOfMetric): Labels | undefined {
  return node.children.map((child) => labelsOf(child, ofMetric)).find((labels) => labels !== undefined);
}

function labelsOfAggregate(node: PromqlNode, ofMetric: LabelsOfMetric): Labels {
  const inside = ofChildren(node, ofMetric) ?? new Set();
  const operator = childOf(node, 'AggregateOp');
  if (operator?.children.some(({ kind }) => SELECTING.includes(kind))) return inside;
  const by = aggregatedBy(node);
  if (by !== undefined) return all(by, inside, node);
  const modifier = childOf(node, 'AggregateModifier');
  if (modifier === undefined) return new Set();
  return less(inside, groupingLabels(childOf(modifier, 'GroupingLabels')));
}

function labelsOfBinary(node: PromqlNode, ofMetric: LabelsOfMetric): Labels | undefined {
  const [left, right] = [node.children.at(0), node.children.at(-1)].map((side) => side && labelsOf(side, ofMetric));
  if (left === undefined || right === undefined) return left ?? right;
  const { on, ignoring, group } = matchingOf(node);
  const matched =
    on === undefined ? less(left, ignoring) : all(on, new Set([...left].filter((label) => right.has(label))), node);
  if (childOf(node, 'Or') !== undefined) return new Set([...left, ...right]);
  if (childOf(node, 'And') !== undefined || childOf(node, 'Unless') !== undefined) return left;
  if (group === undefined) return matched;
  const [many, one] = group.many === 'left' ? [left, right] : [right, left];
  return new Set([...many, ...all(group.labels, one, node)]);
}

function labelsOfCall(node: PromqlNode, ofMetric: LabelsOfMetric): Labels | undefined {
  const name = childOf(node, 'FunctionIdentifier')?.text ?? '';
  if (UNLABELED.includes(name)) return name === 'vector' ? new Set() : undefined;
  const body = childOf(node, 'FunctionCallBody') ?? node;
  const inside = ofChildren(body, ofMetric);
  if (name === 'label_replace' || name === 'label_join') {
    return new Set([...(inside ?? []), unquote(body.children[1]?.text ?? '')]);
  }
  if (name !== 'absent' && name !== 'absent_over_time') return inside;
  const selector = body.children.flatMap((child) =>
    child.kind === 'VectorSelector' ? selectorOf(child).matchers : [],
  );
  return new Set(selector.filter(({ op }) => op === '=').map(({ label }) => label));
}

function less(labels: Labels, others: Iterable<string>): Labels {
  const without = new Set(others);
  return new Set([...labels].filter((label) => !without.has(label)));
}

/** @throws Error for a label that is not there */
function all(labels: readonly string[], there: Labels, node: PromqlNode): Labels {
  const missing = labels.filter((label) => !there.has(label));
  if (missing.length > 0) throw new Error(`no label ${missing.join(', ')} in: ${node.text}`);
  return new Set(labels);
}
