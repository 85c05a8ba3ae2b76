/** What is committed is what the sources say. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packages } from './support/grafana.ts';

describe.skipIf(packages.skip !== undefined)(`the committed dashboards ${packages.skip ?? ''}`, () => {
  it('are current', async () => {
    const { FILES } = await import('../src/files.ts');
    const stale = FILES.filter(({ path, text }) => readFileSync(path, 'utf8') !== text);
    expect(stale.map(({ path }) => basename(path))).toEqual([]);
    expect(FILES).toHaveLength(4);
  });
});
