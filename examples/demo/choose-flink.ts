/** Decides which Flink the demo gets, says so, and starts it. Called by `main.ts`; the stack uses half of it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findFlink, findJava, type FlinkHome, INSTALL_JAVA } from '../../test/real-flink/home.ts';
import type { DemoFlink } from './flink.ts';
import { startFakeFlink } from './flink-fake.ts';
import { startRealFlink } from './flink-real.ts';
import type { Options } from './options.ts';

const DEFAULT_VERSION = '2.3.0';
const GET = join(import.meta.dirname, '../../test/real-flink/get.ts');

/**
 * A real Flink; the fake when it is asked for, or when the real one cannot be had and nobody insists on it.
 *
 * @param archiveDir an empty folder, for the fake
 * @throws when it does not start (with the end of its logs), or when the wanted version cannot be had
 */
export async function startFlink(
  { fake, flink: wanted }: Options,
  archiveDir: string,
  say: (text: string) => void,
): Promise<DemoFlink> {
  const found = fake ? 'you asked for it with --fake' : await findOrGet(wanted, say);
  if (typeof found !== 'string') {
    say(`Flink: a real one, version ${found.version} from ${found.lib}. It starts; that takes some 15 seconds.`);
    return startRealFlink(found);
  }
  if (wanted !== undefined) throw new Error(`${found}. To see the demo with a fake JobManager: --fake`);
  say(`Flink: a fake JobManager that answers as Flink 2.3 was recorded to, because ${found}.`);
  return startFakeFlink(archiveDir);
}

/** @returns the Flink, downloaded when it is not in the cache, or why there is none */
export async function findOrGet(version = DEFAULT_VERSION, say: (text: string) => void): Promise<FlinkHome | string> {
  if (findJava() === undefined) return `there is no JDK here (${INSTALL_JAVA} brings one)`;
  const cached = findFlink(version);
  if (cached !== undefined) return cached;
  say(`Flink ${version} is not in the cache; pip brings it, once.`);
  await once(spawn(process.execPath, [GET, version], { stdio: 'inherit' }), 'close');
  return findFlink(version) ?? `Flink ${version} could not be downloaded (see above)`;
}
