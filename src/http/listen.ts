/** Where the server listens: the forms of `--web.listen-address`, and opening one of them. */

import type { Server } from 'node:net';
import { MedicError, messageOf } from '../core/errors.ts';

export interface ListenTarget {
  /** As the user wrote it, for messages. */
  readonly name: string;
  /** For `Server.listen`; without host every address of both families. */
  readonly options: { readonly port: number; readonly host?: string } | { readonly fd: number };
}

/**
 * `:10082` (every address of both families), `127.0.0.1:0` (a free port), `[::1]:9100` or `host.example:9100`.
 * @throws MedicError `listen`
 */
export function parseListenAddress(address: string): ListenTarget {
  const [, bracketed, host, digits] = /^(?:\[([\da-f:.]+(?:%\w+)?)\]|([^:[\]\s/]*)):(\d{1,5})$/i.exec(address) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new MedicError(
      'listen',
      `--web.listen-address: ${JSON.stringify(address)} is not a listen address; write :10082, 127.0.0.1:10082, [::1]:10082 or host:10082`,
    );
  }
  const options = { port, ...((bracketed ?? host) && { host: bracketed ?? host }) };
  return { name: address, options };
}

/**
 * Opens the address and returns the actual one as `host:port`, or the path of a socket from systemd.
 * @throws MedicError `listen` with the address and what to do
 */
export async function listen(server: Server, { name, options }: ListenTarget): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new MedicError('listen', `cannot listen on ${name}: ${reason(error)}`, { cause: error }));
    server.once('error', fail);
    server.listen(options, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? name;
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

function reason(error: Error): string {
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return 'the address is in use; stop the other program or choose another port';
    case 'EACCES':
      return 'no permission; choose a port from 1024 on';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name has no address';
    default:
      return messageOf(error);
  }
}
