/** The ledgers that are held to one contract: the embedded database and the fake. Each is empty, and closed with its test. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { IncidentLedger } from '../../../src/ledger/incident-ledger.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../../src/ledger/sqlite/open.ts';
import { FakeLedger } from '../fake-ledger.ts';

export type WholeLedger = Ledger & { readonly incidents: IncidentLedger };

export const LEDGERS: readonly (readonly [string, () => Promise<WholeLedger>])[] = [
  ['SQLite', openSqlite],
  ['the fake', async () => new FakeLedger()],
];

async function openSqlite(): Promise<WholeLedger> {
  const folder = mkdtempSync(join(tmpdir(), 'medic-ledger-'));
  const ledger = await openSqliteLedger(join(folder, 'medic.db'));
  onTestFinished(async () => {
    await ledger.close();
    rmSync(folder, { recursive: true });
  });
  return ledger;
}
