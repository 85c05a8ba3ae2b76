import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { hastened } from './hastened.ts';

const RULES = `
groups:
  - name: jobs
    rules:
      - record: up:max
        expr: max(up)
      - alert: Down
        expr: up == 0 and time() > 300
        for: 5m   # a deployment
        keep_firing_for: 90s
        labels: {severity: critical}
      - alert: Now
        expr: up == 0
`;

it('shortens the patience of every rule, and nothing else', () => {
  expect(parse(hastened(RULES, 60))).toEqual({
    groups: [
      {
        name: 'jobs',
        rules: [
          { record: 'up:max', expr: 'max(up)' },
          {
            alert: 'Down',
            expr: 'up == 0 and time() > 300',
            for: '5s',
            keep_firing_for: '2s',
            labels: { severity: 'critical' },
          },
          { alert: 'Now', expr: 'up == 0' },
        ],
      },
    ],
  });
});

it('does not guess', () => {
  expect(() => hastened(RULES.replace('5m', '1h30m'), 60)).toThrow('"1h30m" is not one number and one unit');
});
