/**
 * The open connections of the server, shared out among the addresses that they come from: beyond the limit a newcomer is
 * let in and the oldest connection of whoever has most is closed. So one who opens thousands closes his own, and Prometheus
 * always gets through. Keeps the sockets that are open, also those in a TLS handshake; bounded by `limit`.
 */

import type { Socket } from 'node:net';
import { ipKeyGenerator } from 'express-rate-limit';

export class ConnectionShares {
  readonly #limit: number;
  /** Address → its connections, the oldest first; of IPv6 a /56 network counts as one. */
  readonly #byAddress = new Map<string, Set<Socket>>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  admit(socket: Socket): void {
    const address = ipKeyGenerator(socket.remoteAddress ?? '');
    const own = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, own.add(socket));
    this.#size += 1;
    socket.once('close', () => this.#forget(address, socket));
    if (this.#size > this.#limit) this.#closeOne();
  }

  closeAll(): void {
    for (const sockets of this.#byAddress.values()) for (const socket of sockets) socket.destroy();
  }

  #closeOne(): void {
    let most: [string, Set<Socket>] | undefined;
    for (const entry of this.#byAddress) if (entry[1].size > (most?.[1].size ?? 0)) most = entry;
    const [oldest] = most?.[1] ?? [];
    if (most === undefined || oldest === undefined) return;
    // Its `close` comes later; it must not be chosen again until then.
    this.#forget(most[0], oldest);
    oldest.destroy();
  }

  #forget(address: string, socket: Socket): void {
    const own = this.#byAddress.get(address);
    if (own?.delete(socket) !== true) return;
    if (own.size === 0) this.#byAddress.delete(address);
    this.#size -= 1;
  }
}
