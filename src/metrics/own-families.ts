/**
 * The `flink_medic_*` families whose values are read at a scrape from the parts of the program that own them: records
 * over one subject, the process. What is counted here instead is in `own-metrics.ts`.
 */

import type { FamilyDescription, FamilyRecord } from './family.ts';

const MILLISECONDS = 1e3;

export interface BuildInfo {
  readonly version: string;
  /** Commit; empty when it is not known. */
  readonly revision: string;
  readonly nodeVersion: string;
}

export interface ReloadState {
  /** Whether the last attempt to load the configuration succeeded; the one at the start counts. */
  readonly successful: boolean;
  /** Milliseconds since the epoch; absent before the first success. */
  readonly lastSuccess?: number;
}

export interface StateRecoveries {
  readonly cluster: string;
  readonly source: string;
  readonly count: number;
}

/** Where the values come from. Each function is called at every scrape and must be quick. */
export interface OwnSources {
  readonly build: BuildInfo;
  readonly reload: () => ReloadState;
  readonly ledgerWritable: () => boolean;
  /** Milliseconds since the epoch; absent for a ledger that was never rebuilt. */
  readonly ledgerRebuiltAt?: number | undefined;
  /** From the ledger, one for every configured cluster and source, from 0 on. */
  readonly stateRecoveries: () => Iterable<StateRecoveries>;
}

const ofProcess = { stability: 'stable', exportedFor: 'the process' } as const satisfies Partial<FamilyDescription>;

export const OWN_FAMILIES: readonly FamilyRecord<OwnSources>[] = [
  {
    ...ofProcess,
    name: 'flink_medic_build_info',
    type: 'gauge',
    help: 'Version of flink-medic, its revision and that of Node.js; always 1.',
    labels: ['version', 'revision', 'node_version'],
    write: (emit, { build }) => emit(1, build.version, build.revision, build.nodeVersion),
  },
  {
    ...ofProcess,
    name: 'flink_medic_config_last_reload_successful',
    type: 'gauge',
    help: 'Whether the last attempts to load the configuration and the web configuration succeeded.',
    labels: [],
    write: (emit, { reload }) => emit(Number(reload().successful)),
  },
  {
    ...ofProcess,
    name: 'flink_medic_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration was last loaded with success.',
    labels: [],
    write: (emit, { reload }) => {
      const { lastSuccess } = reload();
      emit(lastSuccess === undefined ? undefined : lastSuccess / MILLISECONDS);
    },
  },
  {
    ...ofProcess,
    name: 'flink_medic_state_recoveries_total',
    type: 'counter',
    help: 'Runs that were seen alive and lost from sight, and whose final status was then found in this source; kept in the ledger.',
    labels: ['flink_cluster', 'source'],
    exportedFor: 'every cluster',
    write: (emit, { stateRecoveries }) => {
      for (const { cluster, source, count } of stateRecoveries()) emit(count, cluster, source);
    },
  },
  {
    ...ofProcess,
    name: 'flink_medic_ledger_writable',
    type: 'gauge',
    help: 'Whether the ledger could be written when it was last tried.',
    labels: [],
    write: (emit, { ledgerWritable }) => emit(Number(ledgerWritable())),
  },
  {
    ...ofProcess,
    name: 'flink_medic_ledger_rebuilt_timestamp_seconds',
    type: 'gauge',
    help: 'When a damaged ledger was last made anew; runs that ended before are not restarted by themselves.',
    labels: [],
    write: (emit, { ledgerRebuiltAt }) => {
      emit(ledgerRebuiltAt === undefined ? undefined : ledgerRebuiltAt / MILLISECONDS);
    },
  },
];
