import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { alive } from './alive.ts';
import { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

const SLEEP = { program: 'sleep', args: ['600'], directory: '/' };

describe('Sandbox', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.stop());

  it('stops its processes, paused ones too, and removes its folder; a second stop is harmless', async () => {
    sandbox = new Sandbox('test');
    const processes = ['a', 'b'].map((name) => sandbox.run(name, SLEEP));
    processes[1]?.signal('SIGSTOP');
    expect(processes.map(({ pid }) => alive(pid))).toEqual([true, true]);
    await sandbox.stop();
    expect(processes.map(({ pid }) => alive(pid))).toEqual([false, false]);
    expect(existsSync(sandbox.directory)).toBe(false);
    await sandbox.stop();
  });

  it('starts a killed process again, into the same log, and lists only living ones for the watchdog', async () => {
    sandbox = new Sandbox('test');
    const talker = sandbox.run('talker', { ...SLEEP, program: 'sh', args: ['-c', 'echo hello; exec sleep 600'] });
    await until('word', () => talker.log().includes('hello'));
    const first = talker.pid;
    await talker.kill();
    expect(talker.running).toBe(false);
    expect(readdirSync(join(sandbox.directory, 'pids'))).toEqual([]);
    expect(() => talker.mustRun()).toThrow('talker has ended:\nhello');

    talker.start();
    await until('second word', () => talker.log() === 'hello\nhello\n');
    expect(talker.pid).not.toBe(first);
    expect(readdirSync(join(sandbox.directory, 'pids'))).toEqual([String(talker.pid)]);
    expect(sandbox.logs(2)).toBe('--- talker\nhello\n');
  });

  it('says when a program cannot be started', () => {
    sandbox = new Sandbox('test');
    expect(() => sandbox.run('ghost', { ...SLEEP, program: '/no/such/java' })).toThrow('ghost: cannot start');
  });

  it('does not survive the process that made it, even when that is killed', async () => {
    sandbox = new Sandbox('test');
    const script = `
      const { Sandbox } = await import(${JSON.stringify(join(import.meta.dirname, 'sandbox.ts'))});
      const sandbox = new Sandbox('killed');
      const { pid } = sandbox.run('sleep', ${JSON.stringify(SLEEP)});
      console.log(JSON.stringify({ pid, directory: sandbox.directory }));`;
    const args = ['--input-type=module', '--eval', script];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(owner.stdout), 'line');
    const made: { pid: number; directory: string } = JSON.parse(String(line));
    expect(alive(made.pid)).toBe(true);
    owner.kill('SIGKILL');
    await until('end of what it left', () => !alive(made.pid) && !existsSync(made.directory));
  });
});
