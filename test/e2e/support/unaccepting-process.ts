/** The process that `unaccepting.ts` stops: listens with the shortest backlog and tells its port. */

import { createServer } from 'node:net';

const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address?.port);
});
process.on('disconnect', () => process.exit());
