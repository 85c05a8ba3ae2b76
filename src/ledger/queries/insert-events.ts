/** Appends to the audit trail; an event is never changed. */

import type { RunEvent } from '../../core/run.ts';
import type { RowWriter } from '../schema.ts';

const INSERT = `INSERT INTO events (at, cluster, job_id, generation, kind, rule, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`;

export function insertEvents(writer: RowWriter, events: readonly RunEvent[]): void {
  writer.writeRows(
    INSERT,
    events.map(({ at, cluster, jobId, generation, kind, rule, detail }) => [
      at,
      cluster,
      jobId,
      generation,
      kind,
      rule,
      detail,
    ]),
  );
}
