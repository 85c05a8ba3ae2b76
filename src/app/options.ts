/** What the composition root is told: by the flags of `serve`, or by a test. */

import type { Logger } from 'pino';
import type { FolderCalls } from '../archive/folder-calls.ts';
import type { Environment } from '../config/environment.ts';
import type { Clock, Timers } from '../core/clock.ts';

export const DEFAULTS = {
  storagePath: 'data/',
  listenAddress: ':10082',
  telemetryPath: '/metrics',
} as const;

export interface MedicOptions {
  /** Without one the cluster `default` at http://localhost:8081 is observed. */
  readonly configFile?: string;
  /** Folder of the ledger. */
  readonly storagePath: string;
  /** Makes a damaged ledger anew instead of refusing it. */
  readonly rebuildLedger?: boolean;
  /** Makes the calls to archive folders. Its threads take as long to start as the rest, so they come first. */
  readonly archiveFolders: FolderCalls;

  readonly listenAddresses: readonly string[];
  readonly systemdSocket: boolean;
  readonly webConfigFile?: string;
  readonly telemetryPath: string;
  readonly externalUrl?: URL;
  /** As `parseRoutePrefix` gives it. */
  readonly routePrefix: string;
  readonly enableLifecycle: boolean;

  readonly env: Environment;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}
