import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeServer, sendRaw } from './support.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

interface Running {
  readonly address: string;
  readonly handled: () => number;
}

async function start(): Promise<Running> {
  let handled = 0;
  const server = makeServer({
    handler: (_request, response) => {
      handled += 1;
      response.end('hello\n');
    },
  });
  const [address = ''] = await server.start();
  return { address, handled: () => handled };
}

test('ten requests sent at once are answered, again and again', async () => {
  const { address, handled } = await start();
  const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.setEncoding('utf8').on('data', (part: string) => (received += part));
  for (const answered of [10, 20, 30]) {
    socket.write(REQUEST.repeat(10));
    await expect.poll(() => received.match(/hello/g)?.length, { interval: 1 }).toBe(answered);
  }
  expect(handled()).toBe(30);
});

test('of thousands only the first are handled, and the connection is closed', async () => {
  const { address, handled } = await start();
  // What was on its way to a socket that is closed is answered by a reset.
  await sendRaw(address, REQUEST.repeat(5_000)).catch(() => undefined);
  expect(handled()).toBe(10);
});
