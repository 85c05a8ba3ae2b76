/**
 * Sockets that systemd has opened for us (`--web.systemd-socket`), by the protocol of sd_listen_fds(3): `LISTEN_PID` says
 * whom they are for, `LISTEN_FDS` how many there are, and the first is file descriptor 3.
 */

import { MedicError } from '../core/errors.ts';
import type { ListenTarget } from './listen.ts';

const FIRST_FD = 3;

/**
 * @param env usually `process.env`
 * @param pid usually `process.pid`
 * @throws MedicError `listen` when there is no socket for this process
 */
export function systemdSockets(env: Readonly<Record<string, string | undefined>>, pid: number): ListenTarget[] {
  const count = /^[1-9]\d{0,2}$/.test(env.LISTEN_FDS ?? '') ? Number(env.LISTEN_FDS) : 0;
  if (count === 0 || env.LISTEN_PID !== String(pid)) {
    throw new MedicError(
      'listen',
      '--web.systemd-socket: systemd has passed no socket to this process; start it by a .socket unit whose service runs flink-medic directly, or use --web.listen-address',
    );
  }
  return Array.from({ length: count }, (_, index) => ({
    name: `socket ${index + 1} of systemd`,
    options: { fd: FIRST_FD + index },
  }));
}
