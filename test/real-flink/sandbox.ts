/**
 * A temporary folder together with the processes that live in it. Both end with `stop()`, or with this process whichever
 * way it dies: a watchdog (a three-line shell script) reads from a pipe that only we hold, and when the pipe closes it
 * kills what `pids/` lists and removes the folder. `stop()` uses the same path, so it is tested by every test.
 *
 * Called by the starters of clusters, HistoryServers and ZooKeepers.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Process } from './process.ts';

const WATCHDOG = `read -r _
for pid in $(ls "$0/pids"); do kill -9 "$pid"; done
for again in 1 2 3 4 5; do rm -rf "$0" && break; sleep 0.2; done`;

export class Sandbox {
  /** Absolute, without links. */
  readonly directory: string;
  readonly #processes: Process[] = [];
  readonly #release: () => Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(label: string) {
    this.directory = realpathSync(mkdtempSync(join(tmpdir(), `flink-medic-${label}-`)));
    this.folder('pids');
    this.#release = startWatchdog(this.directory);
  }

  /** A folder inside, made when it is not there. */
  folder(...path: string[]): string {
    const folder = join(this.directory, ...path);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Starts a process; its output goes to `<name>.log`, a second one of the same name appends to it. */
  run(name: string, command: Command): Process {
    const process = new Process(name, command, join(this.directory, `${name}.log`), this.folder('pids'));
    this.#processes.push(process);
    process.start();
    return process;
  }

  /** The last lines of every process, for the message of a failed test. */
  logs(lines = 40): string {
    return this.#processes.map((process) => `--- ${process.name}\n${process.log(lines)}`).join('\n');
  }

  /** Kills everything (nothing in here is worth a graceful end) and removes the folder; returns when both are done. */
  async stop(): Promise<void> {
    this.#stopped ??= (async () => {
      await Promise.all(this.#processes.map((process) => process.kill('SIGKILL')));
      await this.#release();
    })();
    await this.#stopped;
  }
}

/** @returns closes the pipe and waits until the watchdog has cleaned up */
function startWatchdog(directory: string): () => Promise<void> {
  // Detached, as the processes are: a Ctrl-C at the terminal must reach only us, so that we can end in order.
  const watchdog = spawn('sh', ['-c', WATCHDOG, directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return async () => {
    watchdog.ref();
    const ended = once(watchdog, 'exit');
    watchdog.stdin.end();
    await ended;
  };
}
