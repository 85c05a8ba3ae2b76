/**
 * The checkpoints of a fake job: counters, the latest of each kind, and what becomes of them when the job ends or is
 * taken over. Used by FakeJob only.
 */

export interface FakeCheckpointing {
  /** Milliseconds; 2^63-1 when periodic checkpoints are off. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly retention?: 'never' | 'delete_on_cancellation' | 'retain_on_cancellation';
}

export interface FakeSnapshot {
  readonly id: number;
  readonly savepoint: boolean;
  readonly triggeredAt: number;
  readonly durationMs: number;
  readonly sizeBytes: number;
  readonly path: string;
  discarded: boolean;
}

export interface SnapshotOptions {
  readonly durationMs?: number;
  readonly sizeBytes?: number;
  readonly path?: string;
}

export interface FakeRestore {
  readonly id: number;
  readonly path: string;
  readonly restoredAt: number;
  /** Loaded by `savepointPath`, and so reported as a savepoint even if it is a checkpoint. */
  readonly byPath: boolean;
}

export class FakeCheckpoints {
  readonly settings: Required<FakeCheckpointing>;
  readonly #folder: string;
  #lastId = 0;
  restored = 0;
  completed = 0;
  failed = 0;
  latestCompleted: FakeSnapshot | undefined;
  latestSavepoint: FakeSnapshot | undefined;
  latestFailed: { readonly id: number; readonly failedAt: number } | undefined;
  latestRestored: FakeRestore | undefined;

  constructor(jobId: string, settings: FakeCheckpointing) {
    this.settings = { intervalMs: 10_000, timeoutMs: 600_000, retention: 'retain_on_cancellation', ...settings };
    this.#folder = `file:/opt/flink/checkpoints/${jobId}`;
  }

  complete(savepoint: boolean, now: number, options: SnapshotOptions): FakeSnapshot {
    const id = ++this.#lastId;
    const durationMs = options.durationMs ?? 25;
    const path = options.path ?? `${this.#folder}/${savepoint ? 'savepoint' : 'chk'}-${id}`;
    const snapshot = {
      id,
      savepoint,
      triggeredAt: now - durationMs,
      durationMs,
      sizeBytes: options.sizeBytes ?? 4096,
      path,
      discarded: false,
    };
    this.completed += 1;
    if (savepoint) this.latestSavepoint = snapshot;
    else this.latestCompleted = snapshot;
    return snapshot;
  }

  fail(now: number): void {
    this.latestFailed = { id: ++this.#lastId, failedAt: now };
    this.failed += 1;
  }

  /** A restart of the job; without a snapshot there is nothing to restore and nothing is counted. */
  restore(now: number): void {
    const from = this.#newest();
    if (from !== undefined) this.#restore({ ...from, restoredAt: now, byPath: false });
  }

  /** The job is submitted with a `savepointPath`. */
  restoreFrom(id: number, path: string, now: number): void {
    this.#lastId = Math.max(this.#lastId, id);
    this.#restore({ id, path, restoredAt: now, byPath: true });
  }

  /** Another JobManager starts to count anew and knows only what it restored. */
  takeOver(now: number): void {
    const from = this.#newest();
    this.restored = 0;
    this.completed = 0;
    this.failed = 0;
    this.latestCompleted = undefined;
    this.latestSavepoint = undefined;
    this.latestFailed = undefined;
    this.latestRestored = undefined;
    if (from !== undefined) this.#restore({ ...from, restoredAt: now, byPath: false });
  }

  /** Flink deletes the last checkpoint unless it is to be retained; savepoints stay. */
  end(state: 'FINISHED' | 'FAILED' | 'CANCELED'): void {
    const { retention } = this.settings;
    const kept =
      state === 'FAILED' ? retention !== 'never' : state === 'CANCELED' && retention === 'retain_on_cancellation';
    if (this.latestCompleted !== undefined && !kept) this.latestCompleted.discarded = true;
  }

  #restore(restore: FakeRestore): void {
    this.restored += 1;
    this.latestRestored = restore;
  }

  #newest(): { readonly id: number; readonly path: string } | undefined {
    return [this.latestRestored, this.latestCompleted, this.latestSavepoint]
      .filter((snapshot) => snapshot !== undefined)
      .map(({ id, path }) => ({ id, path }))
      .toSorted((a, b) => b.id - a.id)[0];
  }
}
