/** What cannot be undercut: a page of ours, there already as one buffer, written to the socket. */

import { readFileSync } from 'node:fs';
import { serve } from './rounds.ts';

const page = readFileSync(process.argv[2] ?? '');

await serve(
  (_request, response) => void response.end(page),
  () => () => undefined,
);
