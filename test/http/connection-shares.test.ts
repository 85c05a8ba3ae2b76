import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ConnectionShares } from '../../src/http/connection-shares.ts';

class FakeSocket extends Socket {
  constructor(remoteAddress: string | undefined) {
    super();
    Object.defineProperty(this, 'remoteAddress', { value: remoteAddress });
  }
}

function make(limit: number) {
  const shares = new ConnectionShares(limit);
  const admit = (address: string | undefined): FakeSocket => {
    const socket = new FakeSocket(address);
    shares.admit(socket);
    return socket;
  };
  return { shares, admit };
}

function open(sockets: readonly Socket[]): boolean[] {
  return sockets.map((socket) => !socket.destroyed);
}

test('up to the limit all stay; then the oldest of who has most goes, at once', () => {
  const { admit } = make(4);
  const first = admit('10.0.0.1');
  const flood = Array.from({ length: 3 }, () => admit('10.0.0.9'));
  expect(open([first, ...flood])).toEqual([true, true, true, true]);
  const second = admit('10.0.0.2');
  const third = admit('10.0.0.3');
  expect(open([first, second, third, ...flood])).toEqual([true, true, true, false, false, true]);
});

test('who opens thousands closes his own', () => {
  const { admit } = make(8);
  const prometheus = admit('10.0.0.1');
  const flood = Array.from({ length: 5_000 }, () => admit('10.0.0.9'));
  expect(prometheus.destroyed).toBe(false);
  expect(flood.filter((socket) => !socket.destroyed)).toEqual(flood.slice(-7));
});

test('IPv6 counts by network, IPv4 by address whatever the socket calls it', () => {
  const { admit } = make(3);
  const other = admit('2001:db8:1::1');
  const first = admit('2001:db8:0:100::1');
  const second = admit('2001:db8:0:1ff::2');
  admit('::ffff:10.0.0.1');
  expect(open([other, first, second])).toEqual([true, false, true]);
});

test('what has closed leaves room', async () => {
  const { admit } = make(2);
  const [first, second] = [admit('10.0.0.1'), admit('10.0.0.1')];
  first.destroy();
  await expect.poll(() => first.closed, { interval: 1 }).toBe(true);
  const third = admit('10.0.0.1');
  expect(open([second, third])).toEqual([true, true]);
});

test('a socket without an address, which is gone already or of a Unix socket', () => {
  const { admit } = make(1);
  const [first, second] = [admit(undefined), admit(undefined)];
  expect(open([first, second])).toEqual([false, true]);
});

test('closeAll', () => {
  const { shares, admit } = make(9);
  const sockets = [admit('10.0.0.1'), admit('10.0.0.1'), admit('10.0.0.2')];
  shares.closeAll();
  expect(open(sockets)).toEqual([false, false, false]);
});
