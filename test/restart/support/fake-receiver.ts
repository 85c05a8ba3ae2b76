/** A receiver of notifications on a port of its own: records what it got, answers as a test says. */

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP status; no answer at all, or a connection that breaks. */
export type FakeAnswer = number | 'hang' | 'reset';

export class FakeReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly sockets = new Set<Socket>();
  answer: (request: ReceivedRequest) => FakeAnswer = () => 204;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, response) => {
      void text(incoming).then((body) => {
        const { method, url: path, headers } = incoming;
        const received = { method, path, headers, body };
        this.requests.push(received);
        const answer = this.answer(received);
        if (answer === 'reset') incoming.socket.destroy();
        else if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end('ok');
      });
    });
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeReceiver> {
    const receiver = new FakeReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hook?token=secret`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
