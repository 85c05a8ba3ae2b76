/** Version and commit of this build. The commit is what the image's build or the packager put into `FLINK_MEDIC_REVISION`. */

import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../metrics/own-families.ts';

export function buildInfo(): BuildInfo {
  // Beside `src/` in development and beside `dist/` in a package: the same place for both.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return { version, revision: process.env['FLINK_MEDIC_REVISION'] ?? '', nodeVersion: process.version };
}
