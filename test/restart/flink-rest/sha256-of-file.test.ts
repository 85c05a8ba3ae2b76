import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sha256OfFile } from '../../../src/restart/flink-rest/sha256-of-file.ts';

it('hashes a file of several pieces', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medic-jar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'million');
  writeFileSync(file, 'a'.repeat(1_000_000));
  // FIPS 180-2, B.3
  await expect(sha256OfFile(file)).resolves.toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
  await expect(sha256OfFile(join(folder, 'none'))).rejects.toThrow('ENOENT');
});
