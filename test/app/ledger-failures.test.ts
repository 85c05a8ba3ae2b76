import { expect, it } from 'vitest';
import { LedgerFailures } from '../../src/app/ledger-failures.ts';

const HOUR_MS = 3_600_000;

function failures() {
  const counted: string[] = [];
  const logged: string[] = [];
  const clock = { now: 0, monotonic: () => clock.now };
  const one = new LedgerFailures({
    metrics: { countLedgerError: (operation) => void counted.push(operation) },
    clock,
    log: { error: (fields, message) => void logged.push(`${JSON.stringify(fields)} ${message}`) },
  });
  return { counted, logged, clock, failed: one.failed.bind(one) };
}

it('counts each failure, and logs each message once an hour', () => {
  const { counted, logged, clock, failed } = failures();
  for (let round = 0; round < 3; round++) {
    failed('read', new Error('run a is damaged'));
    failed('read', new Error('run b is damaged'));
    failed('prune', new Error('run a is damaged'));
    clock.now += HOUR_MS / 3 - 1;
  }
  expect(counted).toHaveLength(9);
  expect(logged).toEqual([
    '{"operation":"read"} run a is damaged',
    '{"operation":"read"} run b is damaged',
    '{"operation":"prune"} run a is damaged',
  ]);
  clock.now = HOUR_MS;
  failed('read', new Error('run b is damaged'));
  expect(logged.slice(3)).toEqual(['{"operation":"read"} run b is damaged']);
});

it('logs no more than a hundred an hour', () => {
  const { counted, logged, failed } = failures();
  for (let run = 0; run < 1_000; run++) failed('read', new Error(`run ${run} is damaged`));
  expect([counted.length, logged.length]).toEqual([1_000, 100]);
});
