/** The program that `systemd-socket.test.ts` starts; prints its address, or why there is none. */

import { MedicError } from '../../src/core/errors.ts';
import { HttpServer } from '../../src/http/server.ts';
import { systemdSockets } from '../../src/http/systemd-socket.ts';

const server = new HttpServer({
  handler: (_request, response) => response.end('from systemd\n'),
  targets: systemdSockets(process.env, process.pid),
  logger: { error: (_fields, message) => console.error(message) },
});
try {
  console.log((await server.start()).join());
} catch (error) {
  console.log(error instanceof MedicError ? `${error.code}: ${error.message}` : error);
}
