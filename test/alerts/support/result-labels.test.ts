import { describe, expect, it } from 'vitest';
import { resultLabels } from './result-labels.ts';

const METRICS: Readonly<Record<string, readonly string[]>> = {
  m: ['a', 'b', 'instance'],
  n: ['a', 'c', 'instance'],
  none: [],
};

describe('labels of a result', () => {
  it.each([
    ['a selector', 'm{a="1"}', 'a b instance'],
    ['an aggregation', 'max by (a) (m)', 'a'],
    ['an aggregation of everything', 'sum(m)', ''],
    ['the rest', 'sum without (a) (m)', 'b instance'],
    ['series as they are', 'topk by (a) (5, m)', 'a b instance'],
    ['a comparison with a number', '0 < max by (a) (m) > bool 1', 'a'],
    ['an age', 'time() - max by (a) (m)', 'a'],
    ['a filter', 'm unless on (a) n', 'a b instance'],
    ['an intersection with everything', 'max by (a) (m) and on () none', 'a'],
    ['an alternative', 'max by (a) (m) or n', 'a c instance'],
    ['a quotient', 'm / on (a) n', 'a'],
    ['a quotient of all but some', 'm / ignoring (b, instance) n', 'a'],
    ['a group', 'm * on (a) group_left (c) n', 'a b c instance'],
    ['a group on the right', 'm * on (a) group_right () n', 'a c instance'],
    ['a function of a range', 'clamp_min(max by (a) (rate(m[5m:1m] offset 1h)), 0)', 'a'],
    ['a label that is made', 'label_replace(max by (a) (m), "x", "$1", "a", "(.*)")', 'a x'],
    ['what is absent', 'absent(m{a="1",b!="2"})', 'a'],
    ['a number', '1 + time()', ''],
    ['a vector of a number', 'vector(1)', ''],
  ])('of %s', (_, expr, labels) => {
    expect(resultLabels(expr, (name) => METRICS[name] ?? [])).toEqual(labels.split(' ').filter(Boolean));
  });

  it.each([
    ['max by (x) (m)', 'x'],
    ['m and on (c) n', 'c'],
    ['max by (a) (m) unless on (b) m', 'b'],
    ['m * on (a) group_left (b) n', 'b'],
  ])('refuses %s', (expr, label) => {
    expect(() => resultLabels(expr, (name) => METRICS[name] ?? [])).toThrow(`no label ${label} in: ${expr}`);
  });
});
