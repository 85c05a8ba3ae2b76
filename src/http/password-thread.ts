/**
 * Compares passwords with bcrypt hashes off the main thread: there every comparison would hold up observation and scrapes,
 * and whoever guesses without pause would hold them up without pause. Keeps one thread from the first comparison on,
 * bounded in memory. Constructed by `src/app/`, called by `PasswordVerifier`, one comparison at a time.
 */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

const MAX_HEAP_MIB = 32;

/** Beside this file, as source or as built. */
const PROGRAM = new URL(`password-worker${extname(import.meta.filename)}`, import.meta.url);

export class PasswordThread {
  #worker: Worker | undefined;

  /** @throws Error when the thread ends before it has answered; the next call starts another */
  compare(password: string, hash: string): Promise<boolean> {
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const ended = (): void => reject(new Error('the thread that compares passwords has ended'));
    worker.once('message', resolve).once('error', reject).once('exit', ended);
    worker.postMessage({ password, hash }, []);
    return promise.finally(() => worker.off('message', resolve).off('error', reject).off('exit', ended));
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
    worker.once('exit', () => (this.#worker = undefined));
    // It must not keep the process alive.
    worker.unref();
    return worker;
  }
}
