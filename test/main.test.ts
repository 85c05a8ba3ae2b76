/** The program as a process of its own; commands are tested in `cli/`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('ends quietly when nobody reads what it writes', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts'), '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  expect([await once(child, 'close'), errors]).toEqual([[0, null], '']);
});
