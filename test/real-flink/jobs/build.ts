/**
 * Compiles the test job against a Flink. The jar is kept in the cache folder under the version and the source's hash,
 * so each is compiled once per machine. Called by tests, `record.ts` and the demo.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache.ts';
import type { FlinkHome } from '../home.ts';

const SOURCE = join(import.meta.dirname, 'CountingJob.java');
const run = promisify(execFile);

/** @returns the path of the jar. Throws what javac wrote when it does not compile. */
export async function buildCountingJob(flink: FlinkHome): Promise<string> {
  const folder = join(cacheFolder(), 'jobs');
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const jar = join(folder, `counting-job-${flink.version}-${hash}.jar`);
  if (existsSync(jar)) return jar;

  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'build-'));
  try {
    const classes = join(work, 'classes');
    const made = join(work, 'job.jar');
    await run(flink.jdk.javac, ['--release', '11', '-nowarn', '-cp', join(flink.lib, '*'), '-d', classes, SOURCE]);
    await run(flink.jdk.jar, ['--create', '--file', made, '--main-class', COUNTING_JOB_CLASS, '-C', classes, '.']);
    // Several builds at once end with the same jar; the rename makes it appear whole.
    renameSync(made, jar);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return jar;
}

export const COUNTING_JOB_CLASS = 'medic.job.CountingJob';
