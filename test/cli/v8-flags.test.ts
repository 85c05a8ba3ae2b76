/** V8 ignores a flag that it does not know any more, and nobody would notice. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('every flag of V8 that serve sets is one of this Node', () => {
  const serve = readFileSync(new URL('../../src/cli/serve.ts', import.meta.url), 'utf8');
  const flags = Array.from(
    serve.matchAll(/setFlagsFromString\('--(?:no-)?([a-z-]+)/g),
    ([, flag]) => `--${flag ?? ''}`,
  );
  expect(flags).toEqual(['--separate-gc-phases', '--heap-growing-percent', '--parallel-scavenge']);
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).split(/[\s(]+/);
  expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
});
