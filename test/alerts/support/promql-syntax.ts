/**
 * PromQL as a plain tree, by the grammar that Prometheus' own web UI uses. Keeps nothing; what asks expressions about
 * metrics and labels (`promql.ts`, `result-labels.ts`) and the linter call it.
 */

import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** Punctuation, keywords apart, is no node. */
export interface PromqlNode {
  /** Of the grammar: `VectorSelector`, `BinaryExpr`, … */
  readonly kind: string;
  readonly text: string;
  /** Where the text begins in the expression. */
  readonly from: number;
  readonly children: readonly PromqlNode[];
}

/** @throws SyntaxError with the rest of the expression from where the grammar does not accept it */
export function parsePromql(expr: string): PromqlNode {
  const read = (node: SyntaxNode): PromqlNode => {
    if (node.type.isError) throw new SyntaxError(`no PromQL at "${expr.slice(node.from)}" of ${expr}`);
    const children: PromqlNode[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(read(child));
    return { kind: node.type.name, text: expr.slice(node.from, node.to), from: node.from, children };
  };
  return read(parser.parse(expr).topNode);
}

/** The first child of a kind. */
export function childOf(node: PromqlNode, kind: string): PromqlNode | undefined {
  return node.children.find((child) => child.kind === kind);
}

/** The node and everything below it. */
export function nodesOf(node: PromqlNode): PromqlNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

/** The value of a string literal without escapes. */
export function unquote(text: string): string {
  return text.slice(1, -1);
}

/** One label matcher of a selector. */
export interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

/** @throws SyntaxError when the selector has no name: everything there is, is never meant */
export function selectorOf(node: PromqlNode): { readonly name: string; readonly matchers: readonly Matcher[] } {
  const matchers = (childOf(node, 'LabelMatchers')?.children ?? []).map(({ children: [label, op, value] }) => ({
    label: label?.text ?? '',
    op: op?.text ?? '',
    value: unquote(value?.text ?? ''),
  }));
  const name = childOf(node, 'Identifier')?.text ?? matchers.find(({ label }) => label === '__name__')?.value;
  if (name === undefined) throw new SyntaxError(`a selector without name: ${node.text}`);
  return { name, matchers: matchers.filter(({ label }) => label !== '__name__') };
}

/** The labels in the parentheses of a `by`, `without`, `on`, `ignoring` or group modifier. */
export function groupingLabels(node: PromqlNode | undefined): string[] {
  return node?.children.map(({ text }) => text) ?? [];
}

/** Labels that an aggregation keeps; undefined when it has no `by`. */
export function aggregatedBy(node: PromqlNode): string[] | undefined {
  const modifier = childOf(node, 'AggregateModifier');
  return modifier && childOf(modifier, 'By') && groupingLabels(childOf(modifier, 'GroupingLabels'));
}

/** How a binary operator matches its sides; `on` undefined means all labels but `ignoring`. */
export interface Matching {
  readonly on: readonly string[] | undefined;
  readonly ignoring: readonly string[];
  /** The side with several series for each of the other, and the labels that it takes from there. */
  readonly group: { readonly many: 'left' | 'right'; readonly labels: readonly string[] } | undefined;
}

export function matchingOf(node: PromqlNode): Matching {
  const clause = childOf(node, 'MatchingModifierClause');
  if (clause === undefined) return { on: undefined, ignoring: [], group: undefined };
  const [matched, grouped] = clause.children.filter(({ kind }) => kind === 'GroupingLabels').map(groupingLabels);
  const left = childOf(clause, 'GroupLeft') !== undefined;
  const group = left || childOf(clause, 'GroupRight') !== undefined;
  return {
    on: childOf(clause, 'On') && matched,
    ignoring: (childOf(clause, 'Ignoring') && matched) ?? [],
    group: group ? { many: left ? 'left' : 'right', labels: grouped ?? [] } : undefined,
  };
}
