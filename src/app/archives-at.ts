/** What is particular to archives in a folder, and to those at a History Server. Used by `Fleet` for each that it watches. */

import { ArchiveWatcher } from '../archive/archive-watcher.ts';
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { FolderCalls } from '../archive/folder-calls.ts';
import { FolderSource } from '../archive/folder-source.ts';
import { HistoryServerSource } from '../archive/history-server-source.ts';
import type { ClusterConfig, HttpConfig } from '../config/config.ts';
import { accessOf } from '../config/http-access.ts';
import type { Timers } from '../core/clock.ts';
import { HistoryServerClient } from '../flink/history-server-client.ts';
import type { ArchiveUnitOptions } from './archive-unit.ts';
import type { NamedFolder } from './archive-units.ts';

/** A list of 100,000 jobs is 40 MB. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** A scan is in no hurry, and such a list takes its time. */
const TIMEOUT_MS = 30_000;

type Particulars = Pick<ArchiveUnitOptions, 'archive' | 'path' | 'kind' | 'source' | 'watch'>;

export function archivesAt(
  { archive, path, http }: NamedFolder,
  calls: FolderCalls,
  timers: Timers,
  log: { warn(fields: object, message: string): void },
): Particulars {
  if (http !== undefined) return { archive, path, kind: 'history_server', source: historyServer(path, http) };
  const schedule = (task: () => void, delayMs: number): (() => void) => timers.after(delayMs, task);
  const watch = (onHint: () => void): ArchiveWatcher =>
    new ArchiveWatcher({ folder: path, calls, onHint, schedule, log });
  return { archive, path, kind: 'archive', source: new FolderSource(path, calls), watch };
}

/** The one that a cluster names, if any. */
export function historyServersOf({ historyServer: address, http }: ClusterConfig): NamedFolder[] {
  return address === undefined ? [] : [{ archive: address, path: address, http }];
}

function historyServer(address: string, http: HttpConfig): ArchiveSource {
  return new HistoryServerSource({
    address,
    connect: (onBody) =>
      new HistoryServerClient({
        baseUrl: address,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        http: accessOf(http),
        onBody,
      }),
  });
}
