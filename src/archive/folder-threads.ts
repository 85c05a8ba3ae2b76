/**
 * Makes the calls to archive folders in a thread, so that a file system that hangs holds up neither the event loop nor the
 * few threads that Node has for files, names and compression. All folders share one thread. When a call takes longer than
 * `HANG_MS`, the thread is left to its folder, which fails at once from then on, and the others go on in a new one; as soon
 * as the call returns, that thread ends and its folder is back. So there are at most as many threads as folders that hang,
 * and one, of about 10 MB each.
 *
 * A thread that dies while it reads an archive is replaced, and that archive
 * is unreadable. `src/app/` makes one for all folders. The threads keep no process alive.
 */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Timers } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { ArchiveReading } from './archive-reader.ts';
import type { ArchiveFile, ArchiveListing } from './archive-source.ts';
import {
  type FolderCalls,
  type FolderListener,
  type FolderMessage,
  type FolderRequest,
  NO_PATH,
  PROGRESS,
} from './folder-calls.ts';
import { unreadable } from './unreadable.ts';

/** A call that takes longer than this hangs; it is noticed after twice the time at most. */
const HANG_MS = 5_000;
/** How long `close` waits for threads; one that hangs cannot be ended. */
const CLOSE_MS = 1_000;
/** Never needed: of the longest document that is collected, 8 MiB, parsing makes 300 at most. */
const MAX_HEAP_MIB = 512;
/** What is read of a file is garbage before the next one; a larger young generation would only take memory. */
const YOUNG_MIB = 6;
/** Beside this file, as source or as built. */
const PROGRAM = new URL(`folder-worker${extname(import.meta.filename)}`, import.meta.url);

interface Task {
  readonly request: FolderRequest;
  /** What was said so far. */
  readonly parts: unknown[];
  readonly resolve: (parts: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly progress: Int32Array;
  /** In the order in which they are answered; the first is under way. */
  readonly tasks: Task[];
  /** Ends looking whether it hangs; undefined while nothing is asked. */
  unguard: (() => void) | undefined;
}

export class FolderThreads implements FolderCalls {
  readonly #timers: Timers;
  readonly #program: URL;
  readonly #listeners = new Map<string, FolderListener>();
  /** Those that hang, by folder. */
  readonly #hanging = new Map<string, Thread>();
  #shared: Thread | undefined;
  #closed = false;

  /** @param program of a thread */
  constructor(timers: Timers, program = PROGRAM) {
    this.#timers = timers;
    this.#program = program;
    // Now, so that it is there when the first folder is scanned.
    this.#shared = this.#start();
  }

  async list(folder: string, signal: AbortSignal): Promise<ArchiveListing> {
    const parts = await this.#ask({ kind: 'list', folder, watched: this.#listeners.has(folder) }, signal);
    const { files, problems } = parts.at(-1) as ArchiveListing;
    return { files: [...(parts.slice(0, -1) as ArchiveFile[][]).flat(), ...files], problems };
  }

  async read(
    folder: string,
    paths: readonly string[],
    maxFileSize: number,
    signal: AbortSignal,
  ): Promise<ArchiveReading[]> {
    const [readings] = await this.#ask({ kind: 'read', folder, paths, maxFileSize }, signal);
    return readings as ArchiveReading[];
  }

  async isReadable(folder: string): Promise<boolean> {
    const [readable] = await this.#ask({ kind: 'isReadable', folder });
    return readable as boolean;
  }

  watch(folder: string, listener: FolderListener): () => void {
    this.#listeners.set(folder, listener);
    return () => {
      this.#listeners.delete(folder);
      if (this.#shared !== undefined) this.#ask({ kind: 'unwatch', folder }).catch(() => undefined);
    };
  }

  /** Ends everything that is asked, and all threads, as far as they can be ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#hanging.values(), ...(this.#shared === undefined ? [] : [this.#shared])];
    for (const { tasks } of threads) for (const { reject } of tasks) reject(new Error('stopped'));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timers.after(CLOSE_MS, resolve);
    await Promise.race([Promise.all(threads.map(end)), late]);
    cancel();
  }

  async #ask(request: FolderRequest, signal?: AbortSignal): Promise<readonly unknown[]> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    this.#enqueue({ request, parts: [], resolve, reject });
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #enqueue(task: Task): void {
    if (this.#closed) return task.reject(new Error('stopped'));
    if (this.#hanging.has(task.request.folder)) return task.reject(hangs(task.request.folder));
    const thread = (this.#shared ??= this.#start());
    thread.tasks.push(task);
    thread.worker.postMessage(task.request, []);
    if (thread.tasks.length === 1) this.#guard(thread);
  }

  #start(): Thread {
    const progress = new Int32Array(new SharedArrayBuffer(PROGRESS.slots * Int32Array.BYTES_PER_ELEMENT));
    progress[PROGRESS.path] = NO_PATH;
    const worker = new Worker(this.#program, {
      workerData: progress,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB, maxYoungGenerationSizeMb: YOUNG_MIB },
      execArgv: [],
    });
    worker.unref();
    const thread: Thread = { worker, progress, tasks: [], unguard: undefined };
    let failure = 'it ended';
    worker.on('message', (message: FolderMessage) => this.#heard(thread, message));
    worker.on('error', (error) => {
      failure = messageOf(error);
    });
    worker.on('exit', () => this.#died(thread, failure));
    return thread;
  }

  #heard(thread: Thread, message: FolderMessage): void {
    const [task] = thread.tasks;
    switch (message.kind) {
      case 'changed':
        this.#listeners.get(message.folder)?.changed();
        return;
      case 'unwatchable':
        this.#listeners.get(message.folder)?.failed(message.problem);
        return;
      case 'part':
        task?.parts.push(JSON.parse(message.json));
        return;
      case 'answer':
        task?.parts.push(JSON.parse(message.json));
        task?.resolve(task.parts);
        break;
      case 'failure':
        task?.reject(new Error(message.problem));
        break;
    }
    thread.tasks.shift();
    if (thread !== this.#shared) this.#returned(thread);
    else this.#guard(thread);
  }

  /** Looks from time to time whether the file system answered anything since the last look. */
  #guard(thread: Thread): void {
    thread.unguard?.();
    const [task] = thread.tasks;
    const answers = Atomics.load(thread.progress, PROGRESS.answers);
    thread.unguard =
      task &&
      this.#timers.after(HANG_MS, () => {
        if (Atomics.load(thread.progress, PROGRESS.answers) === answers) this.#leave(thread, task.request.folder);
        else this.#guard(thread);
      });
  }

  /** Leaves a thread to the folder that hangs; what others asked of it they ask another one. */
  #leave(thread: Thread, folder: string): void {
    thread.unguard = undefined;
    this.#hanging.set(folder, thread);
    this.#shared = undefined;
    for (const task of thread.tasks.splice(0)) this.#enqueue(task);
  }

  /** The call that hung is over. */
  #returned(thread: Thread): void {
    const [folder] = [...this.#hanging].find(([, other]) => other === thread) ?? [];
    if (folder === undefined) return;
    this.#hanging.delete(folder);
    void end(thread);
    this.#listeners.get(folder)?.changed();
  }

  #died(thread: Thread, failure: string): void {
    if (thread !== this.#shared) return this.#returned(thread);
    thread.unguard?.();
    this.#shared = undefined;
    const [first, ...others] = thread.tasks.splice(0);
    const index = Atomics.load(thread.progress, PROGRESS.path);
    if (first?.request.kind === 'read' && index !== NO_PATH) this.#leaveOut(first, first.request, index, failure);
    else first?.reject(new Error(`the thread of archive folders failed: ${failure}`));
    for (const task of others) this.#enqueue(task);
  }

  /** Reads the other paths of a request at one of which the thread died. */
  #leaveOut(task: Task, request: FolderRequest & { kind: 'read' }, index: number, failure: string): void {
    const reading = { ...unreadable('too_large', `it cannot be read: ${failure}`), bytesRead: 0 };
    const resolve = ([readings]: readonly unknown[]): void =>
      task.resolve([(readings as ArchiveReading[]).toSpliced(index, 0, reading)]);
    this.#enqueue({ ...task, request: { ...request, paths: request.paths.toSpliced(index, 1) }, parts: [], resolve });
  }
}

function hangs(folder: string): Error {
  return new Error(`${folder} hangs: its file system does not answer`);
}

async function end({ worker, unguard }: Thread): Promise<void> {
  unguard?.();
  await worker.terminate();
}
