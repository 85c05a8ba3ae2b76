/** The demo as people run it, with the fake JobManager and with real Flinks. Needs the built program (`npm run build`). */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive } from '../real-flink/alive.ts';
import { realFlink } from '../real-flink/home.ts';
import { until } from '../real-flink/until.ts';
import { findProgram, realProgram } from '../support/real.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'examples/demo/main.ts');
const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const alertmanager = realProgram('prometheus-alertmanager', 'apt-get install prometheus-alertmanager');
const alerting = prometheus.skip ?? alertmanager.skip;
const SUBMITTED = 'Three jobs are submitted:';

interface Demo {
  readonly child: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  output(): string;
}

describe('npm run demo', { timeout: 60_000 }, () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flink-medic-demo-test-'));
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    // Its watchdogs are still at work in there.
    await until('end of its sandboxes', () => globSync('*/pids', { cwd: folder }).length === 0);
    rmSync(folder, { recursive: true });
  });

  /** Its temporary files go to `folder`. */
  function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Demo {
    const started = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, TMPDIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const written: Buffer[] = [];
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => written.push(chunk));
    return { child: started, ended: once(started, 'close'), output: () => Buffer.concat(written).toString() };
  }

  /** The processes that it has started, when it has come so far. */
  function processesOf(demo: Demo, text: string, count: number): Promise<number[]> {
    return until(`"${text}"`, () => {
      if (demo.child.exitCode !== null) throw new Error(demo.output());
      const pids = globSync('*/pids/*', { cwd: folder }).map((path) => Number(basename(path)));
      return demo.output().includes(text) && pids.length === count && pids;
    });
  }

  function leftovers(pids: readonly number[]): (string | number)[] {
    return [...readdirSync(folder), ...pids.filter(alive)];
  }

  it('runs through with the fake, and leaves nothing', async () => {
    const demo = start(['--once', '--fake']);
    const pids = await processesOf(demo, SUBMITTED, 1);
    const [code] = await demo.ended;
    const output = demo.output();
    expect(output).toContain('a fake JobManager that answers as Flink 2.3 was recorded to, because you asked for it');
    expect(output).toContain('orders: UNKNOWN (jobmanager_unreachable)');
    expect(output).toContain('payments: RESTARTING');
    expect(output).toMatch(/^ok {6}flink_job_restarts_total\{.*,job_name="payments"\} 3$/m);
    expect(output).toMatch(/\nAll 17 are as they must be\.\n$/);
    expect(code).toBe(0);
    expect(leftovers(pids)).toEqual([]);
  });

  it('brings the failed job back without a Prometheus, and leaves nothing', { timeout: 120_000 }, async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    // What the watchdogs of its sandboxes need, and nothing else.
    for (const name of ['sh', 'ls', 'rm', 'sleep']) symlinkSync(findProgram(name) ?? '', join(bin, name));
    const demo = start(['--once', '--restart', '--fake'], { PATH: bin });
    const pids = await processesOf(demo, SUBMITTED, 1);
    const [code] = await demo.ended;
    const output = demo.output();
    expect(output).toContain('Alert: posted by the demo, because Prometheus and Alertmanager are not both here');
    expect(output).toMatch(/^payments +[\da-f]{32} +RUNNING +checkpoint \d+$/m);
    expect(output).toMatch(/\nAll 15 are as they must be\.\n$/);
    expect(code).toBe(0);
    rmSync(bin, { recursive: true });
    expect(leftovers(pids)).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('cleans up before it ends by %s, sent twice as npm does', async (signal, exitCode) => {
    const demo = start(['--fake']);
    const pids = await processesOf(demo, SUBMITTED, 1);
    demo.child.kill(signal);
    demo.child.kill(signal);
    expect(await demo.ended).toEqual([exitCode, null]);
    expect(demo.output()).toMatch(/\nEverything is stopped and removed…\n$/);
    expect(leftovers(pids)).toEqual([]);
  });

  it('does not wait for what does not end when it is interrupted again', async () => {
    const demo = start(['--fake']);
    const pids = await processesOf(demo, SUBMITTED, 1);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const interrupt = (): boolean => {
      demo.child.kill('SIGINT');
      return demo.child.exitCode !== null;
    };
    // flink-medic stands still, and would be waited for for 20 s.
    await until('end', interrupt, { within: 10_000 });
    await until('end of the rest', () => leftovers(pids).length === 0);
    expect(demo.child.exitCode).toBe(130);
  });

  it('leaves nothing when it is killed', async () => {
    const demo = start(['--fake']);
    const pids = await processesOf(demo, SUBMITTED, 1);
    demo.child.kill('SIGKILL');
    expect(await demo.ended).toEqual([null, 'SIGKILL']);
    await until('end of the rest', () => leftovers(pids).length === 0);
  });

  it('takes another port when the default one is taken', async () => {
    const server = createServer().listen(10_082, '127.0.0.1');
    // If somebody else has it already, that serves as well.
    await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => {});
    const demo = start(['--fake']);
    await processesOf(demo, SUBMITTED, 1);
    server.close();
    expect(demo.output()).toMatch(/--server\.url=http:\/\/127\.0\.0\.1:(?!10082\b)\d+$/m);
  });

  describe('without a Flink', () => {
    it('takes the fake, unless one was asked for', async () => {
      const env = { JAVA_HOME: '/nowhere' };
      const demo = start([], env);
      await processesOf(demo, SUBMITTED, 1);
      expect(demo.output()).toContain('was recorded to, because there is no JDK here (apt-get install openjdk');
      demo.child.kill('SIGTERM');
      await demo.ended;

      const insisting = start(['--flink', '2.3.0'], env);
      expect(await insisting.ended).toEqual([1, null]);
      expect(insisting.output()).toMatch(
        /^\nThe demo failed: there is no JDK here .*\. To see the demo with a fake JobManager: --fake\n$/,
      );
    });

    it('takes the fake when the download fails', async () => {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      for (const name of ['java', 'javac', 'jar', 'python3']) {
        writeFileSync(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      }
      const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
      const demo = start([], { JAVA_HOME: folder, FLINK_HOME: undefined, XDG_CACHE_HOME: join(folder, 'cache'), PATH });
      await processesOf(demo, SUBMITTED, 1);
      expect(demo.output()).toMatch(/^Flink 2\.3\.0 is not in the cache; pip brings it, once\.$/m);
      expect(demo.output()).toMatch(/^flink:get: .*python3 has no pip\./m);
      expect(demo.output()).toContain('because Flink 2.3.0 could not be downloaded (see above).');
    });
  });

  it('explains itself', async () => {
    const help = start(['--help']);
    expect(await help.ended).toEqual([0, null]);
    expect(help.output()).toMatch(/^Usage: npm run demo/);
    const wrong = start(['--flink', '2']);
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.output()).toMatch(/^demo: --flink: "2" is no Flink version.*\nUsage: npm run demo/);
  });

  for (const version of ['1.20.3', '2.3.0']) {
    const flink = realFlink(version);
    describe.skipIf(flink.skip !== undefined)(`with Flink ${version}`, { timeout: 240_000 }, () => {
      it('runs through, and leaves nothing', async () => {
        const demo = start(['--once', '--flink', version]);
        const pids = await processesOf(demo, SUBMITTED, 3);
        const [code] = await demo.ended;
        const output = demo.output();
        expect(output).toContain(`a real one, version ${version}`);
        expect(output).toContain('The JobManager was killed (SIGKILL).');
        expect(output).toMatch(/\nAll 17 are as they must be\.\n$/);
        expect(code).toBe(0);
        expect(leftovers(pids)).toEqual([]);
      });

      it.skipIf(alerting !== undefined)('brings the failed job back by a real alert, and leaves nothing', async () => {
        const demo = start(['--once', '--restart', '--flink', version]);
        const pids = await processesOf(demo, SUBMITTED, 5);
        const [code] = await demo.ended;
        const output = demo.output();
        expect(output).toContain('Alert: a real Prometheus and Alertmanager');
        expect(output).toMatch(/^The new run counts on from [1-9]\d*: its state is back\.$/m);
        expect(output).toContain('The alert has resolved by itself');
        expect(output).toMatch(/\nAll 15 are as they must be\.\n$/);
        expect(code).toBe(0);
        expect(leftovers(pids)).toEqual([]);
      });

      it('shows the end of the log of a Flink that does not start', async () => {
        mkdirSync(join(folder, 'lib'));
        writeFileSync(join(folder, 'lib', `flink-dist-${version}.jar`), '');
        const demo = start(['--once', '--flink', version], { FLINK_HOME: folder });
        expect(await demo.ended).toEqual([1, null]);
        expect(demo.output()).toContain(`The demo failed: Flink ${version} did not start\n--- jobmanager-0\n`);
        // Of the process that ended first; the other one may not have written anything yet.
        expect(demo.output()).toMatch(
          /ClassNotFoundException: \S+(StandaloneSessionClusterEntrypoint|TaskManagerRunner)$/m,
        );
        expect(globSync('flink-medic-*', { cwd: folder })).toEqual([]);
      });

      it('can be interrupted while Flink starts', async () => {
        const demo = start(['--flink', version]);
        const pids = await processesOf(demo, 'It starts', 2);
        demo.child.kill('SIGINT');
        expect(await demo.ended).toEqual([130, null]);
        await until('end of the rest', () => leftovers(pids).length === 0);
      });
    });
  }
});
