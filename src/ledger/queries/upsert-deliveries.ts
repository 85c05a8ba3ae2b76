/** Writes alerts that arrived, and what became of each. One that is known is counted on, and keeps when it first came. */

import type { Delivery } from '../../core/restart/alerts.ts';
import type { LedgerDatabase } from '../schema.ts';
import { batches } from './batches.ts';

export async function upsertDeliveries(db: LedgerDatabase, deliveries: readonly Delivery[]): Promise<void> {
  for (const batch of batches(deliveries)) {
    const rows = batch.map((delivery) => ({
      fingerprint: delivery.fingerprint,
      starts_at: delivery.startsAt,
      status: delivery.status,
      alertname: delivery.alertname,
      cluster: delivery.cluster,
      job_name: delivery.jobName,
      job_id: delivery.jobId,
      first_at: delivery.firstAt,
      last_at: delivery.lastAt,
      count: delivery.count,
      outcome: delivery.outcome,
      reason: delivery.reason ?? null,
      incident: delivery.incident ?? null,
    }));
    await db
      .insertInto('deliveries')
      .values(rows)
      .onConflict((known) =>
        known.columns(['fingerprint', 'starts_at']).doUpdateSet((eb) => ({
          status: eb.ref('excluded.status'),
          last_at: eb.ref('excluded.last_at'),
          count: eb('deliveries.count', '+', eb.ref('excluded.count')),
          outcome: eb.ref('excluded.outcome'),
          reason: eb.ref('excluded.reason'),
          // A resolved message need not know the incident that the firing one opened.
          incident: eb.fn.coalesce('excluded.incident', 'deliveries.incident'),
        })),
      )
      .execute();
  }
}
