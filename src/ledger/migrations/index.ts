/** All migrations, in order. A migration that was released is never edited. */

import type { Migration } from 'kysely/migration';
import { runs } from './0001-runs.ts';
import { incidents } from './0002-incidents.ts';
import { endedRuns } from './0003-ended-runs.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-runs': runs,
  '0002-incidents': incidents,
  '0003-ended-runs': endedRuns,
};
