import { describe, expect, it } from 'vitest';
import { metricsOf } from './promql.ts';

describe('metrics of an expression', () => {
  it.each([
    ['a selector', 'up', [['up', []]]],
    ['a recording rule', 'flink:job_failed_now:max == 1', [['flink:job_failed_now:max', []]]],
    ['matchers', 'm{b!="1",a=~"2|{3}"}[5m] offset 1h', [['m', ['a', 'b']]]],
    ['a name as matcher', '{__name__="m",a="1"}', [['m', ['a']]]],
    [
      'the labels of an aggregation, before or behind',
      'max by (a) (m) + max(n) by (b)',
      [
        ['m', ['a']],
        ['n', ['b']],
      ],
    ],
    ['an aggregation in another', 'sum by (a) (max by (a, b) (m))', [['m', ['a', 'b']]]],
    [
      'an aggregation of everything',
      'sum(m) and on (a) n',
      [
        ['m', []],
        ['n', ['a']],
      ],
    ],
    ['what is left without others', 'max by (a) (sum without (b) (m))', [['m', ['a']]]],
    [
      'parameters',
      'topk(5, m) and quantile by (a) (0.9, n)',
      [
        ['m', []],
        ['n', ['a']],
      ],
    ],
    [
      'both sides of a match',
      'm * on (a) n',
      [
        ['m', ['a']],
        ['n', ['a']],
      ],
    ],
    [
      'only what filters',
      'max by (x) (m unless on (a) n)',
      [
        ['m', ['a', 'x']],
        ['n', ['a']],
      ],
    ],
    [
      'either of two',
      'max by (x) (m or n)',
      [
        ['m', ['x']],
        ['n', ['x']],
      ],
    ],
    [
      'a filter in a filter',
      'm unless on (a) (n{b="1"} unless on (c) (o == 1))',
      [
        ['m', ['a']],
        ['n', ['a', 'b', 'c']],
        ['o', ['c']],
      ],
    ],
    [
      'labels from the right',
      'sum by (x) (m * on (a) group_left (x) n)',
      [
        ['m', ['a']],
        ['n', ['a', 'x']],
      ],
    ],
    [
      'labels from the left',
      'm * on (a) group_right (x) n',
      [
        ['m', ['a', 'x']],
        ['n', ['a']],
      ],
    ],
    [
      'a group without labels',
      'sum by (x) (m - on (a) group_right () n)',
      [
        ['m', ['a']],
        ['n', ['a', 'x']],
      ],
    ],
    [
      'all labels but some',
      'm / ignoring (a) n',
      [
        ['m', []],
        ['n', []],
      ],
    ],
    ['functions and subqueries', 'max_over_time((time() - m{a="1"})[10m:1m]) > 5', [['m', ['a']]]],
    ['a label that is made', 'max by (a, c) (label_replace(m, "a", "$1", "b", "(.*)"))', [['m', ['b', 'c']]]],
    ['what is absent', 'max by (a) (absent(m{b="1"}))', [['m', ['b']]]],
    ['variables of Grafana in strings', 'm{a=~"$a"}', [['m', ['a']]]],
    ['no metric', 'vector(1) + time()', []],
  ])('names %s', (_, expr, expected) => {
    expect(metricsOf(expr).map(({ name, labels }) => [name, labels])).toEqual(expected);
  });

  it.each(['sum by (a) (', 'm[', 'm and', 'm{a=}', 'm == == 1', '', 'rate(m[$__rate_interval])', '{a="1"}'])(
    'refuses %j',
    (expr) => {
      expect(() => metricsOf(expr)).toThrow(SyntaxError);
    },
  );
});
