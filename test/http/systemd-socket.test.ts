import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemdSockets } from '../../src/http/systemd-socket.ts';

describe('systemdSockets', () => {
  test('one target for each socket, from file descriptor 3 on', () => {
    expect(systemdSockets({ LISTEN_PID: '42', LISTEN_FDS: '2' }, 42)).toEqual([
      { name: 'socket 1 of systemd', options: { fd: 3 } },
      { name: 'socket 2 of systemd', options: { fd: 4 } },
    ]);
  });

  test.each([
    {},
    { LISTEN_FDS: '1' },
    { LISTEN_PID: '41', LISTEN_FDS: '1' },
    { LISTEN_PID: '42', LISTEN_FDS: '0' },
    { LISTEN_PID: '42', LISTEN_FDS: '-1' },
    { LISTEN_PID: '42', LISTEN_FDS: '99999999999' },
    { LISTEN_PID: '42', LISTEN_FDS: 'x' },
  ])('refuses %o', (env) => {
    expect(() => systemdSockets(env, 42)).toThrow(
      expect.objectContaining({ code: 'listen', message: expect.stringContaining('--web.systemd-socket') }),
    );
  });
});

/** The file descriptor of a listening socket, which Node keeps to itself. */
function descriptorOf(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle');
  return Number(Reflect.get(Object(handle), 'fd'));
}

/** Starts a server as systemd would, with `fd` as its file descriptor 3; the shell keeps its process id at `exec`. */
function startWithSocket(fd: number | 'ignore'): ChildProcess {
  const script = fileURLToPath(new URL('systemd-child.ts', import.meta.url));
  const child = spawn('/bin/sh', ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$1"', process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface(child.stdout)) return line;
  return '';
}

test('serves on the socket that it inherited', async () => {
  const socket = createServer();
  socket.listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const address = socket.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const child = startWithSocket(descriptorOf(socket));
  // Two processes have the socket now; only the child is to accept.
  socket.close();
  expect(await firstLine(child)).toBe(`127.0.0.1:${port}`);
  const answer = await request(`http://127.0.0.1:${port}/`);
  expect(await answer.body.text()).toBe('from systemd\n');
});

test('says so when what it inherited is no socket', async () => {
  expect(await firstLine(startWithSocket('ignore'))).toMatch(/^listen: cannot listen on socket 1 of systemd: /);
});
