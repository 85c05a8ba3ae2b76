/** A server that listens, and never accepts: its process is stopped and its backlog is full. Ends with the test. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A handshake on loopback that took so long will not come. */
const HANDSHAKE_MS = 300;

/** @returns `http://host:port` */
export async function startUnaccepting(): Promise<string> {
  const child = fork(fileURLToPath(new URL('./unaccepting-process.ts', import.meta.url)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  child.kill('SIGSTOP');
  const waiting: Socket[] = [];
  onTestFinished(() => waiting.forEach((socket) => socket.destroy()));
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    waiting.push(socket);
    const connected = once(socket, 'connect').then(() => true);
    if (!(await Promise.race([connected, setTimeout(HANDSHAKE_MS, false)]))) break;
  }
  return `http://127.0.0.1:${String(port)}`;
}
