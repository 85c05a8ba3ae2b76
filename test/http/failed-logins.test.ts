import { expect, test } from 'vitest';
import { FailedLogins } from '../../src/http/failed-logins.ts';
import { ManualClock } from '../fake-flink/clock.ts';

function make(): { clock: ManualClock; logins: FailedLogins; fail: (address: string, times: number) => void } {
  const clock = new ManualClock();
  const logins = new FailedLogins(() => clock.now());
  const fail = (address: string, times: number): void => {
    for (let time = 0; time < times; time += 1) logins.failed(address);
  };
  return { clock, logins, fail };
}

test('the tenth failure of a minute blocks the address until the minute is over', () => {
  const { clock, logins, fail } = make();
  fail('10.0.0.1', 9);
  expect(logins.blockedFor('10.0.0.1')).toBe(0);
  clock.advance(20_000);
  fail('10.0.0.1', 1);
  expect(logins.blockedFor('10.0.0.1')).toBe(40_000);
  expect(logins.blockedFor('10.0.0.2')).toBe(0);
  clock.advance(39_999);
  expect(logins.blockedFor('10.0.0.1')).toBe(1);
  clock.advance(1);
  expect(logins.blockedFor('10.0.0.1')).toBe(0);
  fail('10.0.0.1', 9);
  expect(logins.blockedFor('10.0.0.1')).toBe(0);
});

test('IPv6 counts by network, and IPv4 by address, whatever the socket calls it', () => {
  const { logins, fail } = make();
  fail('2001:db8:0:100::1', 5);
  fail('2001:db8:0:1ff::2', 5);
  expect(logins.blockedFor('2001:db8:0:123::3')).toBe(60_000);
  expect(logins.blockedFor('2001:db8:1::3')).toBe(0);
  fail('::ffff:10.0.0.1', 10);
  expect(logins.blockedFor('10.0.0.1')).toBe(60_000);
  expect(logins.blockedFor('::ffff:10.0.0.2')).toBe(0);
});

test('many addresses push out the oldest counts, not the newest', () => {
  const { logins, fail } = make();
  fail('10.0.0.1', 10);
  for (let address = 0; address < 9_999; address += 1) logins.failed(`a${String(address)}`);
  expect(logins.blockedFor('10.0.0.1')).toBe(60_000);
  fail('10.0.0.2', 10);
  expect([logins.blockedFor('10.0.0.1'), logins.blockedFor('10.0.0.2')]).toEqual([0, 60_000]);
});

test.each(['', 'fe80::1%eth0', '::', 'nonsense'])('address %j is no crash', (address) => {
  const { logins, fail } = make();
  fail(address, 10);
  expect(logins.blockedFor(address)).toBe(60_000);
});
