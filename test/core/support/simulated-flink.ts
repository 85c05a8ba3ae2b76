/**
 * A Flink cluster with a true history: submissions, checkpoints, ends, reuse of ids, JobManagers that die and come back
 * (with HA their jobs are taken over under a new start time, without it they are gone), archives that appear at any
 * later time or never. Only what its sources would say leaves it. Every action takes at least a second.
 */

import type { ArchiveOutcome, ListedJob } from '../../../src/core/facts.ts';
import type { CheckpointEvidence } from '../../../src/core/identity.ts';
import type { EndedStatus } from '../../../src/core/states.ts';
import { archiveOf, listed, statistics } from './facts.ts';

/** One true run. */
export interface Life {
  readonly jobId: string;
  readonly name: string;
  /** One for each JobManager that ran it. */
  readonly starts: number[];
  /** The checkpoint that its present JobManager restored. */
  restored: number | undefined;
  /** Completed under its present JobManager. */
  completed: number;
  /** Highest checkpoint id. */
  reached: number | undefined;
  end?: { readonly status: EndedStatus; readonly at: number };
  /** Its JobManager died without HA: nobody will ever know. */
  lost: boolean;
}

export class SimulatedFlink {
  readonly lives: Life[] = [];
  /** Archives in the folder. */
  readonly files: { readonly path: string; readonly life: Life; readonly outcome: ArchiveOutcome }[] = [];
  readonly #ha: boolean;
  /** What the present JobManager knows, by job id; undefined while there is none. */
  #known: Map<string, Life> | undefined = new Map();
  readonly #unwritten: Life[] = [];
  now = 100_000_000;

  constructor(ha: boolean) {
    this.#ha = ha;
  }

  get up(): boolean {
    return this.#known !== undefined;
  }

  submit(jobId: string, name: string, restore: boolean): void {
    const before = this.#known?.get(jobId);
    const isRefused = before !== undefined && (!this.#ha || before.end === undefined);
    if (this.#known === undefined || isRefused || this.alive().some((life) => life.jobId === jobId)) return;
    const last = this.lives.findLast((life) => life.jobId === jobId);
    const restored = restore ? last?.reached : undefined;
    const life = { jobId, name, starts: [this.now], restored, completed: 0, reached: restored, lost: false };
    this.lives.push(life);
    this.#known.set(jobId, life);
  }

  checkpoint(jobId: string): void {
    const life = this.#running(jobId);
    if (life === undefined) return;
    life.completed += 1;
    life.reached = (life.reached ?? 0) + 1;
  }

  end(jobId: string, status: EndedStatus, isArchived: boolean): void {
    const life = this.#running(jobId);
    if (life === undefined) return;
    life.end = { status, at: this.now };
    if (isArchived) this.#unwritten.push(life);
  }

  /** The archive of a run that has ended appears. */
  writeArchive(index: number): void {
    const [life] = this.#unwritten.splice(index % Math.max(1, this.#unwritten.length), 1);
    if (life?.end === undefined) return;
    const startTime = life.starts.at(-1) ?? 0;
    const { jobId, name } = life;
    const outcome = archiveOf({ jobId, name, startTime, endTime: life.end.at, status: life.end.status });
    this.files.push({ path: `/archive/${String(this.lives.indexOf(life))}`, life, outcome });
  }

  writeArchives(): void {
    while (this.#unwritten.length > 0) this.writeArchive(0);
  }

  kill(): void {
    if (!this.#ha) for (const life of this.alive()) life.lost = true;
    this.#known = undefined;
  }

  /** A new JobManager; with HA it has still to recover the jobs. */
  boot(): void {
    this.#known ??= new Map();
  }

  recover(): void {
    const known = this.#known;
    if (known === undefined) return;
    for (const life of this.alive()) {
      if (known.get(life.jobId) === life) continue;
      known.set(life.jobId, life);
      life.starts.push(this.now);
      life.restored = life.reached;
      life.completed = 0;
    }
  }

  list(): ListedJob[] {
    return [...(this.#known?.values() ?? [])].map((life) => {
      const startTime = life.starts.at(-1) ?? 0;
      const { jobId, name, end } = life;
      const job = { jobId, name, startTime, duration: (end?.at ?? this.now) - startTime };
      return listed(end === undefined ? job : { ...job, state: end.status, endTime: end.at });
    });
  }

  checkpoints(jobId: string): CheckpointEvidence {
    const life = this.#known?.get(jobId);
    if (life === undefined) return 'unavailable';
    const { restored, completed, reached } = life;
    return statistics({
      ...(restored === undefined ? {} : { restored }),
      ...(completed === 0 || reached === undefined ? {} : { completed: reached }),
    });
  }

  /** Alive and listed. */
  #running(jobId: string): Life | undefined {
    const life = this.#known?.get(jobId);
    return life?.end === undefined ? life : undefined;
  }

  alive(): Life[] {
    return this.lives.filter((life) => life.end === undefined && !life.lost);
  }
}
