/** Arbitrary values of everything that a ledger stores, with every optional field present or absent. */

import * as fc from 'fast-check';
import type { EpochCounter } from '../../../src/core/epoch-counter.ts';
import type { ArchiveOutcome, CheckpointConfig, Failure, RestoredSnapshot, Snapshot } from '../../../src/core/facts.ts';
import type { NameCounters } from '../../../src/core/name-counters.ts';
import { RULES, type RuleId } from '../../../src/core/rules.ts';
import type { Run, RunEvent, RunKey, Tombstone } from '../../../src/core/run.ts';
import {
  ENDED_STATUSES,
  EXECUTION_STATES,
  FINAL_SOURCES,
  FINAL_STATUSES,
  RUN_STATES,
  type TaskCounts,
  UNKNOWN_REASONS,
} from '../../../src/core/states.ts';
import type { ArchiveFile } from '../../../src/ledger/ledger.ts';

/** Any text of whole code points: quotes, NUL, emoji, combining marks, right-to-left. What becomes a column is that. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);
/** Also lone surrogates: what only lies inside a document. */
export const anyText = fc.oneof(text, fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }));
export const time = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
export const count = fc.nat();
export const key = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '😀', "'"), maxLength: 3 });
const jobType = fc.constantFrom('STREAMING' as const, 'BATCH' as const, '' as const);
const rule = fc.constantFrom(...(Object.keys(RULES) as RuleId[]));

/** Every field of the model is there; those after `optional` may be missing, never undefined. */
export function record<T extends object>(
  model: { readonly [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> },
  optional: readonly (keyof T & string)[],
): fc.Arbitrary<T> {
  const requiredKeys = Object.keys(model).filter((name) => !optional.some((other) => other === name));
  return fc.record(model, { requiredKeys: requiredKeys as never[] }).map((value) => ({ ...value }) as unknown as T);
}

const epochCounter: fc.Arbitrary<EpochCounter> = fc.record({ carried: count, current: count });

const tasks = fc
  .array(count, { minLength: EXECUTION_STATES.length, maxLength: EXECUTION_STATES.length })
  .map((counts) => Object.fromEntries(EXECUTION_STATES.map((state, i) => [state, counts[i] ?? 0])) as TaskCounts);

const snapshot = record<Snapshot>(
  {
    id: count,
    kind: fc.constantFrom('checkpoint' as const, 'savepoint' as const),
    triggeredAt: time,
    completedAt: time,
    durationMs: count,
    sizeBytes: count,
    path: anyText,
    discarded: fc.boolean(),
  },
  ['path'],
);

const restoredSnapshot = record<RestoredSnapshot>({ id: count, restoredAt: time, path: anyText, owned: fc.boolean() }, [
  'path',
]);

const failure: fc.Arbitrary<Failure> = fc.record({
  exception: anyText,
  message: anyText,
  task: anyText,
  labels: anyText,
  timestamp: time,
});

const checkpointConfig = record<CheckpointConfig>(
  { intervalMs: count, timeoutMs: count, retained: fc.boolean(), deletedOnCancellation: fc.boolean() },
  ['intervalMs'],
);

const checkpoints = record<NonNullable<Run['checkpoints']>>(
  {
    completed: epochCounter,
    failed: epochCounter,
    lastCompleted: snapshot,
    lastSavepoint: snapshot,
    lastRestored: restoredSnapshot,
    readAfterEnd: fc.boolean(),
    reachedId: count,
  },
  ['lastCompleted', 'lastSavepoint', 'lastRestored', 'reachedId'],
);

const identity = { cluster: key, jobId: key, generation: fc.integer({ min: 1, max: 3 }) };

const runKey: fc.Arbitrary<RunKey> = fc.record(identity);

export const run = record<Run>(
  {
    ...identity,
    name: key,
    jobType,
    scheduler: anyText,
    applicationId: anyText,
    startTimes: fc.array(time, { minLength: 1, maxLength: 4 }),
    state: fc.constantFrom(...RUN_STATES),
    reason: fc.constantFrom(...UNKNOWN_REASONS),
    stateEnteredAt: time,
    modifiedAt: time,
    learnedUpTo: time,
    rule,
    decidedAt: time,
    seenAlive: fc.boolean(),
    reachedRunning: fc.boolean(),
    lostAt: time,
    missedAt: time,
    final: fc.record({
      status: fc.constantFrom(...FINAL_STATUSES),
      source: fc.constantFrom(...FINAL_SOURCES),
      endTime: time,
      recordedAt: time,
    }),
    countedVanished: fc.boolean(),
    failovers: count,
    restarts: epochCounter,
    tasks,
    lastFailure: failure,
    checkpoints,
    checkpointConfig,
    archive: anyText,
  },
  [
    'reason',
    'modifiedAt',
    'learnedUpTo',
    'lostAt',
    'missedAt',
    'final',
    'restarts',
    'tasks',
    'lastFailure',
    'checkpoints',
    'checkpointConfig',
    'archive',
  ],
);

const outcome = record<ArchiveOutcome>(
  {
    jobId: anyText,
    name: anyText,
    status: fc.constantFrom(...ENDED_STATUSES),
    startTime: time,
    endTime: time,
    reachedRunning: fc.boolean(),
    jobType,
    scheduler: anyText,
    applicationId: anyText,
    tasks,
    checkpoints: record(
      {
        restored: count,
        completed: count,
        failed: count,
        latestCompleted: snapshot,
        latestSavepoint: snapshot,
        latestRestored: restoredSnapshot,
      },
      ['latestCompleted', 'latestSavepoint', 'latestRestored'],
    ),
    checkpointConfig,
    failures: count,
    lastFailure: failure,
  },
  ['jobType', 'scheduler', 'applicationId', 'checkpoints', 'checkpointConfig', 'lastFailure'],
);

export const archiveFile = record<ArchiveFile>(
  {
    folder: key,
    path: key,
    jobId: key,
    clusterFolder: text,
    size: time,
    mtimeMs: time,
    state: fc.constantFrom('indexed' as const, 'incomplete' as const, 'unreadable' as const),
    reason: text,
    outcome,
    run: runKey,
  },
  ['clusterFolder', 'reason', 'outcome', 'run'],
  // A file is of a run of its own job id.
).map((file) => (file.run === undefined ? file : { ...file, run: { ...file.run, jobId: file.jobId } }));

export const counters: fc.Arbitrary<NameCounters> = fc.record({
  cluster: key,
  name: key,
  ended: fc.record({ FINISHED: count, FAILED: count, CANCELED: count }),
  vanished: count,
});

export const tombstone: fc.Arbitrary<Tombstone> = fc.record({
  ...identity,
  startTimes: fc.array(time, { minLength: 1, maxLength: 4 }),
  endTime: time,
  status: fc.constantFrom(...FINAL_STATUSES),
});

export const event: fc.Arbitrary<RunEvent> = fc.record({
  ...identity,
  at: time,
  kind: fc.constantFrom('seen', 'ended', 'vanished', 'returned', 'failover'),
  rule,
  detail: text,
});

export const settings: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .dictionary(key, text)
  .map((values) => new Map(Object.entries(values)));
