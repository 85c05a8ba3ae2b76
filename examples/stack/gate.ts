/**
 * The network between flink-medic and the JobManager, which can be cut and mended: a proxy of TCP connections on loopback.
 * Called by `main.ts` for the play.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePorts } from '../../test/real-flink/ports.ts';

export interface Gate {
  /** Stands for the JobManager's. */
  readonly url: string;
  /** Breaks all connections and refuses new ones until it is mended. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

/** @param target the JobManager's URL */
export async function openGate(target: string): Promise<Gate> {
  const { hostname, port: targetPort } = new URL(target);
  const port = (await freePorts(1))();
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), hostname);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const mend = async (): Promise<void> => void (await once(server.listen(port, hostname), 'listening'));
  await mend();
  return {
    url: `http://${hostname}:${port}`,
    mend,
    async cut() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
