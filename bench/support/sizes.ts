/** What must not grow, measured from outside of a program that runs in this process. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Sizes {
  readonly series: number;
  readonly pageBytes: number;
  /** By `bound`. */
  readonly bounds: ReadonlyMap<string, number>;
  /** After a collection; of the whole process, the fakes included. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** The database without its log. */
  readonly ledgerBytes: number;
  readonly walBytes: number;
  /** Of the ledger's bytes, those that are free to be written again. */
  readonly freeBytes: number;
  readonly rows: ReadonlyMap<string, number>;
  /** By table, its indices included. */
  readonly tableBytes: ReadonlyMap<string, number>;
}

/** What the ledger keeps for ever, in bytes of each run that has left it. */
export function remainsPerRun({ rows, tableBytes }: Sizes): number {
  const bytes = (tableBytes.get('tombstones') ?? 0) + (tableBytes.get('name_counters') ?? 0);
  return bytes / (rows.get('tombstones') ?? 0);
}

export async function sizesOf(url: string, storagePath: string): Promise<Sizes> {
  const page = await (await fetch(`${url}/metrics`)).text();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    series: page.match(/^[^#]/gm)?.length ?? 0,
    pageBytes: Buffer.byteLength(page),
    bounds: boundsOf(page),
    heapBytes: heapUsed,
    residentBytes: rss,
    ...ledgerSizes(join(storagePath, 'flink-medic.db')),
  };
}

type LedgerSizes = Pick<Sizes, 'ledgerBytes' | 'walBytes' | 'freeBytes' | 'rows' | 'tableBytes'>;

function ledgerSizes(file: string): LedgerSizes {
  const db = new DatabaseSync(file, { readOnly: true });
  const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  const tables = db
    .prepare(
      `SELECT s.tbl_name AS name, sum(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s ON s.name = d.name GROUP BY 1`,
    )
    .all()
    .map(({ name, bytes }) => [String(name), Number(bytes)] as const);
  const sizes = {
    ledgerBytes: statSync(file).size,
    walBytes: statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    freeBytes: number('PRAGMA freelist_count') * number('PRAGMA page_size'),
    rows: new Map(tables.map(([name]) => [name, number(`SELECT count(*) FROM "${name}"`)])),
    tableBytes: new Map(tables),
  };
  db.close();
  return sizes;
}

function boundsOf(page: string): Map<string, number> {
  const lines = page.matchAll(/^flink_medic_bound_usage_ratio\{bound="(\w+)"\} (\S+)$/gm);
  return new Map(Array.from(lines, ([, bound = '', value]) => [bound, Number(value)]));
}

/** Without a flag of the command line, so that a test can do it too. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
