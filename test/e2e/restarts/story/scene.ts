/** What a story is about, what is configured in it, and what a ledger must know: the words of story, steps and judge. */

/** What all of a story has in common. */
export interface Scene {
  readonly watchdog: boolean;
  readonly highlyAvailable: boolean;
  readonly version: '1.20' | '2.3';
  readonly clusters: 1 | 2;
  readonly vanished: boolean;
}

/** What the configuration says; a reload takes the one that is in force then. */
export interface Settings {
  readonly mode: 'off' | 'dry_run' | 'on';
  readonly restore: 'require' | 'prefer' | 'none';
  readonly attempts: number;
  readonly policies: readonly string[];
}

/** A ledger over all programs that use it. */
export interface Lineage {
  birth: number;
  onSince: number | undefined;
  readonly policies: Map<string, number>;
  readonly paused: Set<string>;
  /** When a person lifted `exhausted`, by cluster and job. */
  readonly lifted: Map<string, number>;
}

export const ACT_WITHIN_MS = 15 * 60_000;

export const JOBS = ['orders', 'payments'] as const;

export function newLineage(now: number): Lineage {
  return { birth: now, onSince: undefined, policies: new Map(), paused: new Set(), lifted: new Map() };
}
