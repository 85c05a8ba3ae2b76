/**
 * An alerting rule with one mistake in it, for each mistake that can be made mechanically: another limit or range, a
 * condition or a matcher left out, another replica believed, a label of the scrape let in, other times. What the promtool
 * tests of the rule do not notice they do not test.
 */

import { nodesOf, parsePromql, type PromqlNode } from './promql-syntax.ts';
import type { AlertingRule } from './rule-files.ts';

export interface Mutant {
  /** The mistake, for people. */
  readonly mistake: string;
  readonly rule: AlertingRule;
}

/** Each expression and each time once. */
export function mutantsOf(rule: AlertingRule): Mutant[] {
  const { for: pending, keep_firing_for: kept, ...always } = rule;
  const mutants: Mutant[] = [
    ...changedExpressions(rule.expr).map(({ mistake, expr }) => ({ mistake, rule: { ...rule, expr } })),
    { mistake: 'waits longer', rule: { ...rule, for: '1h' } },
    { mistake: 'is kept longer', rule: { ...rule, keep_firing_for: '2h' } },
  ];
  if (pending !== undefined) {
    mutants.push({ mistake: 'does not wait', rule: { ...always, ...(kept && { keep_firing_for: kept }) } });
  }
  if (kept !== undefined)
    mutants.push({ mistake: 'is not kept', rule: { ...always, ...(pending && { for: pending }) } });
  return mutants;
}

interface Change {
  readonly mistake: string;
  readonly expr: string;
}

function changedExpressions(expr: string): Change[] {
  const changes = nodesOf(parsePromql(expr)).flatMap((node) =>
    replacements(node).map((text) => ({
      mistake: `${node.text.replaceAll(/\s+/g, ' ')} is ${text.replaceAll(/\s+/g, ' ') || 'left out'}`,
      expr: expr.slice(0, node.from) + text + expr.slice(node.from + node.text.length),
    })),
  );
  return changes.filter((change, index) => changes.findIndex((other) => other.expr === change.expr) === index);
}

/** What may stand in the place of a node and still be PromQL. */
function replacements(node: PromqlNode): string[] {
  const [first, second, ...more] = node.children;
  switch (node.kind) {
    case 'NumberDurationLiteral':
      return Number(node.text) === 0 ? ['-1', '1'] : [String(Number(node.text) * 2), String(Number(node.text) / 2)];
    case 'NumberDurationLiteralInDurationContext':
      return ['1m', '1d'];
    case 'BinaryExpr':
      if (second?.kind === 'And' || second?.kind === 'Unless') return [first?.text ?? ''];
      return second?.kind === 'Or' ? [first?.text ?? '', more.at(-1)?.text ?? ''] : [];
    case 'AggregateOp':
      return ['max', 'min'].filter((operator) => operator !== node.text);
    case 'AggregateExpr':
      return second?.kind === 'AggregateModifier'
        ? [node.text.replace('by (', 'by (instance, ')]
        : [`${first?.text} by (instance) ${second?.text}`];
    case 'LabelMatchers':
      return [''];
    default:
      return [];
  }
}
