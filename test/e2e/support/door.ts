/** In front of a JobManager: requests wait until it is opened, so that a test decides what is known first. Ends with the test. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Door {
  /** Stands for the JobManager's. */
  readonly url: string;
  /** Connections that come from now on wait. Open at first. */
  close(): void;
  open(): void;
}

/** @param target the JobManager's URL */
export async function startDoor(target: string): Promise<Door> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let opened = Promise.withResolvers<void>();
  opened.resolve();
  const server = createServer({ pauseOnConnect: true }, (incoming) => {
    void opened.promise.then(() => {
      const outgoing = connect(Number(port), hostname);
      incoming.pipe(outgoing).pipe(incoming);
      outgoing.on('error', () => incoming.destroy());
    });
    sockets.add(incoming);
    incoming.on('error', () => undefined).on('close', () => sockets.delete(incoming));
  });
  await once(server.listen(0, hostname), 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `http://${hostname}:${(server.address() as AddressInfo).port}`,
    close: () => void (opened = Promise.withResolvers()),
    open: () => opened.resolve(),
  };
}
