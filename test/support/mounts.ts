/** Mounts for tests, where the machine allows them. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findProgram } from './real.ts';

const MIRROR = join(import.meta.dirname, 'mirror-fs.py');

/** Why tests that mount are skipped; undefined where they can run. */
export function noMounts(): string | undefined {
  const reason = refusal();
  if (reason !== undefined) console.warn(`Skipped: ${reason}`);
  return reason;
}

/** Lets `target` show what is in `source`, until the test ends or the function that it returns is called. */
export function bind(source: string, target: string): () => void {
  execFileSync('mount', ['--bind', source, target]);
  const unmount = atMostOnce(() => execFileSync('umount', [target]));
  onTestFinished(unmount);
  return unmount;
}

/** A file system at `target` that shows `source`, read-only, and can be made to hang. Ends with the test. */
export async function mirror(source: string, target: string): Promise<{ hang(): void; goOn(): void }> {
  const server = spawn('python3', [MIRROR, source, target], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    execFileSync('umount', ['--lazy', target]);
    const closed = once(server, 'close');
    server.kill('SIGKILL');
    await closed;
  });
  await once(server.stdout, 'data');
  return { hang: () => void server.kill('SIGSTOP'), goOn: () => void server.kill('SIGCONT') };
}

function refusal(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-mount-'));
  const mountPoint = join(folder, 'mount');
  mkdirSync(mountPoint);
  try {
    if (findProgram('python3') === undefined) return 'python3 is not here; to install it: apt-get install python3';
    accessSync('/dev/fuse');
    execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint], { stdio: 'pipe' });
    execFileSync('umount', [mountPoint]);
    return undefined;
  } catch {
    return 'mounts are refused here; run as root, with /dev/fuse';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function atMostOnce(task: () => void): () => void {
  let done = false;
  return () => {
    if (!done) task();
    done = true;
  };
}
