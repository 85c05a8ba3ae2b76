/**
 * Brings a whole Flink distribution from PyPI into the user's cache folder (about 250 to 350 MB each). Called by the
 * programs `get.ts` and `test-versions.ts`; never by a test.
 *
 * A version is installed beside its place and renamed at the end, so an interrupted download is never taken for a Flink.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { findProgram } from '../support/real.ts';
import { flinkFolder } from './cache.ts';
import { inspect } from './home.ts';

/** Does nothing when it is there. Throws when pip is not, or has no such version. */
export async function fetchFlink(version: string): Promise<void> {
  const folder = flinkFolder(version);
  if (inspect(folder) !== undefined) {
    console.log(`Flink ${version} is already in ${folder}`);
    return;
  }
  if (existsSync(folder)) throw new Error(`${folder} exists but holds no Flink. Remove it and try again.`);

  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  console.log(`Flink ${version}: downloading a few hundred MB into ${folder}`);
  try {
    await pipInstall(version, partial);
    if (inspect(partial) === undefined) throw new Error(`pip brought no Flink ${version} (no flink-dist jar).`);
    renameSync(partial, folder);
  } catch (error) {
    // Two runs at once are harmless: the first to rename wins, and both leave the same thing there.
    if (inspect(folder) === undefined) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  console.log(`Flink ${version} is in ${folder}`);
}

async function pipInstall(version: string, target: string): Promise<void> {
  const python = findProgram('python3') ?? findProgram('python');
  if (python === undefined) throw new Error('python3 is not on the PATH. Install it with pip (Debian: python3-pip).');
  if (!(await succeeds(spawn(python, ['-m', 'pip', '--version'], { stdio: 'ignore' })))) {
    throw new Error(`${python} has no pip. Install it (Debian: apt-get install python3-pip).`);
  }
  const installed = await succeeds(
    spawn(
      python,
      ['-m', 'pip', '--disable-pip-version-check', 'install', '--no-deps', '--target', target].concat(
        `apache-flink-libraries==${version}`,
      ),
      { stdio: 'inherit' },
    ),
  );
  if (!installed) throw new Error(`pip could not install apache-flink-libraries==${version} (see above).`);
}

/** Whether it ended with 0. Ctrl-C ends pip, and this process then cleans up and says so. */
async function succeeds(child: ChildProcess): Promise<boolean> {
  process.on('SIGINT', leaveItToPip);
  try {
    await once(child, 'close');
    return child.exitCode === 0;
  } finally {
    process.off('SIGINT', leaveItToPip);
  }
}

function leaveItToPip(): void {}
