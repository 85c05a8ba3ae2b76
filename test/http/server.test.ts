import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseListenAddress } from '../../src/http/listen.ts';
import { makeServer, serve } from './support.ts';

async function answers(address: string): Promise<boolean> {
  try {
    const answer = await request(`http://${address}`);
    return (await answer.body.text()) === 'hello\n';
  } catch {
    return false;
  }
}

/** Listening sockets of this process. */
function openListeners(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
}

function addresses(...texts: string[]) {
  return { targets: texts.map(parseListenAddress) };
}

describe('start', () => {
  test('opens every address and says which ports it got', async () => {
    const opened = await makeServer(addresses('127.0.0.1:0', 'localhost:0')).start();
    expect(opened[0]).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect(opened[1]).toMatch(/^(127\.0\.0\.1|\[::1\]):[1-9]\d*$/);
    expect(await Promise.all(opened.map(answers))).toEqual([true, true]);
  });

  const hasIPv6 = Object.values(networkInterfaces()).some((entries) => entries?.some((one) => one.address === '::1'));
  test.skipIf(!hasIPv6)('IPv6, and both families where no host is given', async () => {
    const [six = '', both = ''] = await makeServer(addresses('[::1]:0', ':0')).start();
    expect(six).toMatch(/^\[::1\]:[1-9]\d*$/);
    expect(both).toMatch(/^\[::\]:[1-9]\d*$/);
    const port = both.slice('[::]:'.length);
    expect(await Promise.all([six, `[::1]:${port}`, `127.0.0.1:${port}`].map(answers))).toEqual([true, true, true]);
  });

  test('is idempotent', async () => {
    const server = makeServer({});
    const [first, second] = await Promise.all([server.start(), server.start()]);
    expect(second).toEqual(first);
    expect(await server.start()).toEqual(first);
  });

  test('opens all or none: an address in use closes the others again', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const server = makeServer(addresses('127.0.0.1:0', `127.0.0.1:${port}`));
    const failure = expect.objectContaining({
      code: 'listen',
      message: `cannot listen on 127.0.0.1:${port}: the address is in use; stop the other program or choose another port`,
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
    await expect(server.start()).rejects.toEqual(failure);
    await expect(server.start()).rejects.toEqual(failure);
    // A closed handle leaves the list some turns of the loop later; `taken` stays.
    await expect.poll(openListeners, { interval: 5 }).toBe(1);

    taken.close();
    await once(taken, 'close');
    expect(await server.start()).toHaveLength(2);
  });

  test('an address that this machine has not', async () => {
    await expect(makeServer(addresses('192.0.2.1:0')).start()).rejects.toMatchObject({
      code: 'listen',
      message: 'cannot listen on 192.0.2.1:0: this machine has no such address',
    });
  });
});

describe('stop', () => {
  test('of a server that never started, and twice', async () => {
    const server = makeServer({});
    await server.stop(1000);
    await server.stop(1000);
    await expect(server.start()).rejects.toMatchObject({ code: 'listen', message: 'the server was stopped' });
  });

  test('while it starts', async () => {
    const server = makeServer({});
    const [[address = '']] = await Promise.all([server.start(), server.stop(1000)]);
    expect(await answers(address)).toBe(false);
  });

  // A deadline far beyond the test's own time limit: whatever it waits for, it is not the deadline.
  const NEVER = 600_000;

  test('waits for requests in flight and then for nothing: kept-alive connections are closed', async () => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const server = makeServer({
      handler: (incoming, response) => {
        const slow = incoming.url === '/slow';
        if (slow) reach();
        void (slow ? released : Promise.resolve()).then(() => response.end('done'));
      },
    });
    const [address] = await server.start();
    const client = new Agent({ keepAliveTimeout: NEVER });
    onTestFinished(() => client.destroy());
    const idle = await request(`http://${address}/`, { dispatcher: client });
    await idle.body.dump();
    const slow = request(`http://${address}/slow`, { dispatcher: client });
    await reached;

    const stopped = server.stop(NEVER);
    expect(await answers(address ?? '')).toBe(false);
    release();
    expect(await (await slow).body.text()).toBe('done');
    await stopped;
  });

  test('does not wait longer than its deadline for a handler that hangs', async () => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const server = makeServer({ handler: () => reach() });
    const [address] = await server.start();
    const hanging = request(`http://${address}/`).then(
      () => 'answered',
      () => 'closed',
    );
    await reached;
    await server.stop(20);
    expect(await hanging).toBe('closed');
  });

  test('does not wait longer than its deadline for a client that says nothing', async () => {
    const server = makeServer({});
    const [address = ''] = await server.start();
    const { hostname, port } = new URL(`http://${address}`);
    const silent = connect(Number(port), hostname);
    await once(silent, 'connect');
    // The server has seen the silent client when it answers one that came later.
    expect(await answers(address)).toBe(true);
    const closed = once(silent, 'close');
    await server.stop(20);
    await closed;
  });
});

test('headers beyond 16 KiB get 431', async () => {
  const answer = await request(`http://${await serve()}/`, { headers: { 'x-long': 'x'.repeat(17_000) } });
  await answer.body.dump();
  expect(answer.statusCode).toBe(431);
});
