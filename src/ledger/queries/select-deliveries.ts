/** Reads alerts that arrived: of one incident, or those that still wait for the end of their run. */

import type { Selectable } from 'kysely';
import type { Delivery } from '../../core/restart/alerts.ts';
import type { LedgerDatabase, LedgerSchema } from '../schema.ts';

export async function selectDeliveriesOf(db: LedgerDatabase, incident: number): Promise<Delivery[]> {
  const query = db.selectFrom('deliveries').selectAll().where('incident', '=', incident);
  return (await query.orderBy('first_at').execute()).map(toDelivery);
}

export async function selectWaitingDeliveries(db: LedgerDatabase): Promise<Delivery[]> {
  const query = db.selectFrom('deliveries').selectAll().where('outcome', '=', 'stored');
  return (await query.orderBy('first_at').execute()).map(toDelivery);
}

function toDelivery(row: Selectable<LedgerSchema['deliveries']>): Delivery {
  return {
    fingerprint: row.fingerprint,
    startsAt: row.starts_at,
    status: row.status as Delivery['status'],
    alertname: row.alertname,
    cluster: row.cluster,
    jobName: row.job_name,
    jobId: row.job_id,
    firstAt: row.first_at,
    lastAt: row.last_at,
    count: row.count,
    outcome: row.outcome as Delivery['outcome'],
    ...(row.reason === null ? {} : { reason: row.reason as NonNullable<Delivery['reason']> }),
    ...(row.incident === null ? {} : { incident: row.incident }),
  };
}
