/**
 * A network between flink-medic and one JobManager that a test can cut: a TCP relay in front of the JobManager. Ends with
 * `await using`.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePorts } from '../../../real-flink/ports.ts';

/** `refusing`: as when nothing listens. `silent`: connections are there and nothing comes through. */
export type Link = 'open' | 'refusing' | 'silent';

export class Partition implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #jobManagerPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  #link: Link = 'refusing';

  private constructor(jobManager: string, port: number) {
    this.#jobManagerPort = Number(new URL(jobManager).port);
    this.#port = port;
    this.url = `http://127.0.0.1:${String(port)}`;
  }

  /** @param jobManager its URL, on loopback */
  static async before(jobManager: string): Promise<Partition> {
    const partition = new Partition(jobManager, (await freePorts(1))());
    await partition.set('open');
    return partition;
  }

  async set(link: Link): Promise<void> {
    const before = this.#link;
    this.#link = link;
    if (link === 'silent') for (const socket of this.#sockets) socket.pause();
    else for (const socket of this.#sockets) socket.destroy();
    if (link === 'refusing' && before !== 'refusing') await once(this.#server.close(), 'close');
    if (link !== 'refusing' && before === 'refusing')
      await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.set('refusing');
  }

  #accept(incoming: Socket): void {
    this.#keep(incoming);
    if (this.#link === 'silent') {
      incoming.pause();
      return;
    }
    const outgoing = connect({ port: this.#jobManagerPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#keep(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.once('close', () => outgoing.destroy());
    outgoing.once('close', () => incoming.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
  }
}
