/** Free loopback ports for the processes that cannot report a port of their own choice. Called by the starters. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Asks the kernel for ports that were free a moment ago, all different: they are asked for at once, and given back
 * before they are used. The kernel picks at random in its ephemeral range, so that two test files that ask at the same
 * time do not meet in practice.
 *
 * @returns hands them out one after the other; throws when all are taken
 */
export async function freePorts(count: number): Promise<() => number> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
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
