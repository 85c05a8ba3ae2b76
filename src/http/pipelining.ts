/**
 * Closes connections on which requests pile up. A client may send the next request before it has the answer to the last
 * (RFC 9112, section 9.3.2), and Node handles all that one packet brings in one turn of the event loop: thousands of them
 * would hold up everybody else for seconds. Keeps one number a connection. Used by `HttpServer`.
 */

import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Neither Prometheus nor Alertmanager nor browsers send a second one. */
const MAX_UNANSWERED = 10;

export function limitPipelining(handler: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    // The rest of the packet.
    if (socket.destroyed) return;
    const count = unanswered.get(socket) ?? 0;
    if (count === MAX_UNANSWERED) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    handler(request, response);
  };
}
