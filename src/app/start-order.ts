/**
 * In what order a start does its work. A first page needs only the ledger, so that what can wait does wait, each by a
 * delay of its own; where there is little to do everything is done at once:
 *
 * 1. Every cluster shows what the ledger knows of it.
 * 2. The clusters are observed one after the other: a page without live runs is worth little.
 * 3. Folders are scanned, a second later where many runs have ended: what the ledger says of them is on the page already.
 *    Until then the index of their files stays in the ledger.
 * 4. The retention is applied to many ended runs: some seconds later is soon enough.
 *
 * Pure. `Fleet`, `ArchiveUnit` and `FleetRetention` each ask for their delay, in milliseconds.
 */

/** What it takes to observe a live run. */
const OBSERVE_RUN_MS = 0.2;
/** To wait for less would spread nothing. */
const LEAST_DELAY_MS = 10;

const MANY_ARCHIVED_RUNS = 1_000;
const SCAN_MS = 1_000;

const MANY_ENDED_RUNS = 10_000;
const RETENTION_MS = 10_000;

/**
 * Until the first observation of a cluster: until those before it should be observed, within its share of the interval. It
 * then stays so much later, otherwise what large clusters cost comes all at once.
 *
 * @param before the live runs of each cluster before it
 * @param clusters how many there are
 */
export function observationDelayMs(before: readonly number[], clusters: number, intervalMs: number): number {
  const runs = before.reduce((sum, liveRuns) => sum + liveRuns, 0);
  const delayMs = Math.min(runs * OBSERVE_RUN_MS, (before.length * intervalMs) / clusters);
  return delayMs < LEAST_DELAY_MS ? 0 : delayMs;
}

/**
 * Until the first scan of a folder: nobody goes through a hundred thousand files while a first page is made.
 *
 * @param endedRuns of all clusters, for nobody knows yet who will share it: of about as many there is an archive
 */
export function scanDelayMs(endedRuns: number): number {
  return endedRuns >= MANY_ARCHIVED_RUNS ? SCAN_MS : 0;
}

/** Until the retention is first applied. */
export function retentionDelayMs(endedRuns: number): number {
  return endedRuns >= MANY_ENDED_RUNS ? RETENTION_MS : 0;
}
