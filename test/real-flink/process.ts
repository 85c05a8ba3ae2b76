/**
 * One process that a test can kill, pause and start again with the same command, the same ports and the same log.
 * Made by `Sandbox.run`, which owns it; while it lives its pid is listed in the folder that the watchdog reads.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory: string;
}

export class Process {
  readonly name: string;
  readonly #command: Command;
  readonly #logFile: string;
  readonly #pids: string;
  #child: ChildProcess | undefined;
  /** Length of the log when it was last started. */
  #logStart = 0;

  constructor(name: string, command: Command, logFile: string, pids: string) {
    this.name = name;
    this.#command = command;
    this.#logFile = logFile;
    this.#pids = pids;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of the last start. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, or starts it again after it ended. Does nothing while it runs. Throws when the program cannot be started. */
  start(): void {
    if (this.running) return;
    const log = openSync(this.#logFile, 'a');
    this.#logStart = fstatSync(log).size;
    const { program, args, directory, environment } = this.#command;
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child.on('error', () => {});
    if (child.pid === undefined) throw new Error(`${this.name}: cannot start ${program}`);
    const listed = join(this.#pids, String(child.pid));
    writeFileSync(listed, '');
    child.once('exit', () => rmSync(listed, { force: true }));
    this.#child = child;
  }

  /** Sends a signal and does not wait: SIGSTOP and SIGCONT pause and continue it. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it and waits until it has: a process that ignores the signal for 20 s gets SIGKILL. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running || this.#child === undefined) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child?.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(force);
  }

  /** The end of what it wrote. */
  log(lines = Number.POSITIVE_INFINITY): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }

  /** What it wrote since it was last started. */
  logSinceStart(): string {
    return readFileSync(this.#logFile).toString('utf8', this.#logStart);
  }

  /** Throws the end of its log when it has ended, so that waiting for it fails at once and says why. */
  mustRun(): void {
    if (!this.running) throw new Error(`${this.name} has ended:\n${this.log(60)}`);
  }
}
