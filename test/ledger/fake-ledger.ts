/**
 * A ledger in memory, for tests of what uses one. Held to the contract in `ledger-contract.test.ts`; `fault` makes every
 * following commit fail with it, as a full disk does.
 */

import { MedicError } from '../../src/core/errors.ts';
import type { NameCounters } from '../../src/core/name-counters.ts';
import { keyOf, type Run, type RunEvent, type RunKey, type Tombstone } from '../../src/core/run.ts';
import type { ArchiveFile, Ledger, LedgerChanges, LedgerContents } from '../../src/ledger/ledger.ts';
import { FakeIncidentLedger } from './fake-incident-ledger.ts';

interface State {
  readonly runs: Map<string, Run>;
  readonly tombstones: Map<string, Tombstone>;
  readonly names: Map<string, NameCounters>;
  readonly files: Map<string, ArchiveFile>;
  readonly settings: Map<string, string>;
  events: RunEvent[];
}

export class FakeLedger implements Ledger {
  readonly incidents = new FakeIncidentLedger();
  fault: Error | undefined;
  /** Every commit that was tried, newest last. */
  readonly tried: LedgerChanges[] = [];
  #state: State = {
    runs: new Map(),
    tombstones: new Map(),
    names: new Map(),
    files: new Map(),
    settings: new Map(),
    events: [],
  };

  async load(): Promise<LedgerContents> {
    const { runs, names, files, settings } = this.#state;
    const withRuns = new Set([...runs.values()].map(nameKey));
    return structuredClone({
      runs: [...runs.values()],
      names: [...names.values()].filter((counters) => withRuns.has(nameKey(counters))),
      folders: [...new Set([...files.values()].map(({ folder }) => folder))],
      settings,
    });
  }

  async archiveFiles(folder: string): Promise<ArchiveFile[]> {
    return structuredClone([...this.#state.files.values()].filter((file) => file.folder === folder));
  }

  async commit(changes: LedgerChanges): Promise<void> {
    this.tried.push(changes);
    if (this.fault !== undefined) throw new MedicError('ledger_write', this.fault.message, { cause: this.fault });
    const next = structuredClone(this.#state);
    apply(next, structuredClone(changes));
    this.#state = next;
    this.incidents.insertNotifications(changes.notifications);
  }

  async recall(
    cluster: string,
    jobIds: readonly string[],
    names: readonly string[],
  ): Promise<{ tombstones: Tombstone[]; names: NameCounters[] }> {
    const { tombstones, names: counters } = this.#state;
    return structuredClone({
      tombstones: [...tombstones.values()].filter((stone) => stone.cluster === cluster && jobIds.includes(stone.jobId)),
      names: [...counters.values()].filter((name) => name.cluster === cluster && names.includes(name.name)),
    });
  }

  run(key: RunKey): Run {
    const run = this.#state.runs.get(runKey(key));
    if (run === undefined) throw new MedicError('ledger_unusable', `there is no run ${runKey(key)}`);
    return structuredClone(run);
  }

  async events(key: RunKey): Promise<RunEvent[]> {
    return structuredClone(this.#state.events.filter((event) => runKey(event) === runKey(key)));
  }

  async pruneEvents(keep: { readonly olderThan: number; readonly newest: number }): Promise<number> {
    this.#state.events = this.#state.events.filter(({ at }) => at >= keep.olderThan).slice(-keep.newest);
    return this.#state.events.length;
  }

  async close(): Promise<void> {}
}

function apply(state: State, changes: LedgerChanges): void {
  for (const run of changes.runs) state.runs.set(runKey(run), run);
  for (const stone of changes.removed) {
    state.runs.delete(runKey(stone));
    state.events = state.events.filter((event) => runKey(event) !== runKey(stone));
    if (!state.tombstones.has(runKey(stone))) state.tombstones.set(runKey(stone), stone);
  }
  for (const name of changes.names) state.names.set(nameKey(name), name);
  for (const event of changes.events) {
    if (!Number.isSafeInteger(event.at)) throw new MedicError('ledger_write', 'times are integer milliseconds');
    state.events.push(event);
  }
  for (const file of changes.removedArchiveFiles) state.files.delete(fileKey(file));
  for (const file of changes.archiveFiles) state.files.set(fileKey(file), file);
  for (const key of changes.removedSettings) state.settings.delete(key);
  for (const [key, value] of changes.settings) state.settings.set(key, value);
}

function runKey(key: RunKey): string {
  return JSON.stringify([key.cluster, keyOf(key)]);
}

function nameKey({ cluster, name }: { cluster: string; name: string }): string {
  return JSON.stringify([cluster, name]);
}

function fileKey({ folder, path }: { folder: string; path: string }): string {
  return JSON.stringify([folder, path]);
}
