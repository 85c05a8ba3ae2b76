/** The stack as people run it, on a real Flink. Needs the built program (`npm run build`). */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive } from '../real-flink/alive.ts';
import { realFlink } from '../real-flink/home.ts';
import { until } from '../real-flink/until.ts';
import { realProgram } from '../support/real.ts';

const PROGRAM = join(import.meta.dirname, '../../examples/stack/main.ts');
const flink = realFlink('2.3.0');
const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const alertmanager = realProgram('prometheus-alertmanager', 'apt-get install prometheus-alertmanager');
const skipped = flink.skip ?? prometheus.skip ?? alertmanager.skip;
/** JobManager, TaskManager, flink-medic, Prometheus, Alertmanager. */
const PROCESSES = 5;

describe.skipIf(skipped !== undefined)('npm run stack', { timeout: 300_000 }, () => {
  let folder: string;
  let child: ChildProcess | undefined;
  let output = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flink-medic-stack-test-'));
    output = '';
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    // Its watchdogs are still at work in there.
    await until('end of its sandboxes', () => globSync('*/pids', { cwd: folder }).length === 0);
    rmSync(folder, { recursive: true });
  });

  /** Its temporary files go to `folder`. @returns exit code and signal, when it has ended */
  function start(...args: readonly string[]): Promise<unknown[]> {
    child = spawn(process.execPath, [PROGRAM, '--flink=2.3.0', ...args], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
    return once(child, 'close');
  }

  /** The processes that it has started, when it has come so far. */
  function processes(text: string): Promise<number[]> {
    return until(
      `"${text}"`,
      () => {
        if (child?.exitCode !== null) throw new Error(output);
        const pids = globSync('*/pids/*', { cwd: folder }).map((path) => Number(basename(path)));
        return output.includes(text) && pids.length === PROCESSES && pids;
      },
      { within: 180_000 },
    );
  }

  function leftovers(pids: readonly number[]): (string | number)[] {
    return [...readdirSync(folder), ...pids.filter(alive)];
  }

  it('plays once what goes wrong with jobs, and everybody hears of it as they should', async () => {
    const ended = start('--once', '--pace=FAST');
    const pids = await processes('jobs are submitted:');
    const [code] = await ended;
    expect(output).not.toMatch(/^FAILED/m);
    expect(output).toMatch(/\nAll 31 are as they must be\.\n$/);
    expect(code).toBe(0);
    expect(leftovers(pids)).toEqual([]);
  });

  it('shows where everything is, and leaves nothing when it is interrupted', async () => {
    const ended = start();
    const pids = await processes('Ctrl-C stops and removes everything.');
    expect(output).toContain('The alert rules are as they are shipped.');
    const urls = [...output.matchAll(/^(http:\S+) {2,}\S/gm)].map(([, url = '']) => url);
    expect(urls).toHaveLength(5);
    const answers = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
    expect(answers).toEqual(urls.map(() => 200));
    child?.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(leftovers(pids)).toEqual([]);
  });
});
