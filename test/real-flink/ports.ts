/** Free loopback ports for the processes that cannot report a port of their own choice. Called by the starters. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that the kernel gives to connections: one of these could be taken before the process listens that it is for. */
const FIRST = 15_000;
const LAST = 32_000;

/**
 * Ports that were free a moment ago, all different: they are listened on at once, and given back before they are used.
 * Picked at random, so that two test files that ask at the same time do not meet in practice.
 *
 * @returns hands them out one after the other; throws when all are taken
 */
export async function freePorts(count: number): Promise<() => number> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = createServer().listen(FIRST + Math.floor(Math.random() * (LAST - FIRST)), '127.0.0.1');
    try {
      await once(server, 'listening');
      servers.push(server);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return () => {
    const port = ports.pop();
    if (port === undefined) throw new Error(`only ${count} ports were asked for`);
    return port;
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server that listens');
  return address.port;
}
