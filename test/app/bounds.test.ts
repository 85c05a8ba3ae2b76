/** At each bound: what is dropped or waits, that it is said once, and that nothing final is lost. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IncidentResource } from '../../src/http/incident-resources.ts';
import { MAX_UNWRITTEN, Recorder } from '../../src/ledger/recorder.ts';
import { type Bound, BOUNDS } from '../../src/metrics/bounds.ts';
import { MAX_DELIVERIES } from '../../src/restart/incident-store.ts';
import { MAX_WAITING as MAX_WAITING_ALERTS } from '../../src/restart/intake.ts';
import { MAX_WAITING as MAX_WAITING_NOTIFICATIONS } from '../../src/restart/notifier.ts';
import { MAX_INCIDENTS_OF_CLUSTER } from '../../src/restart/open-incident.ts';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, temporaryFolder } from '../e2e/support/medic.ts';
import { postMessage, Repair, repairWanted, TOKEN, webhookMessage } from '../e2e/restarts/repair.ts';

const POLL = 10_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const JOB_ID = '1'.repeat(32);

type Used = Readonly<Partial<Record<Bound, number>>>;

/** What the metrics say of these bounds. */
async function used(medic: RunningMedic, ...bounds: readonly Bound[]): Promise<Used> {
  const page = await medic.page();
  return Object.fromEntries(
    bounds.map((bound) => [
      bound,
      Number(page.lines('flink_medic_bound_usage_ratio', `"${bound}"`)[0]?.split(' ').at(-1)),
    ]),
  );
}

const START = new ManualTime().manual.now();

async function startWithRoomForOne(archives: readonly string[] = []) {
  const time = new ManualTime();
  const folder = archives[0];
  const { cluster, jobManager } = await startCluster({
    clock: time.manual,
    ...(folder === undefined ? {} : { archiveFolder: folder }),
  });
  const storagePath = temporaryFolder();
  const config = {
    observe: { max_jobs: 1, grace: '10s' },
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives }],
  };
  const medic = await RunningMedic.start({ config, time, storagePath });
  const ledger = new DatabaseSync(join(storagePath, 'flink-medic.db'));
  onTestFinished(() => ledger.close());
  const count = (table: string): unknown => ledger.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
  return { cluster, medic, count, config, storagePath };
}

const names = (jobs: readonly { job_name: string }[]): string[] => jobs.map(({ job_name }) => job_name).toSorted();

/** Starts over a ledger that knows a job, and in which these statements have put something. */
async function startOver(...statements: readonly string[]) {
  const storagePath = temporaryFolder();
  const time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  const job = cluster.submit({ name: 'orders', jobId: JOB_ID }).run();
  const config = {
    clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }],
    webhook: { authorization: { credentials: TOKEN } },
    notify: [{ url: 'http://127.0.0.1:9/' }],
  };
  await (await RunningMedic.start({ config, time, storagePath })).stop();
  const db = new DatabaseSync(join(storagePath, 'flink-medic.db'));
  onTestFinished(() => db.close());
  for (const statement of statements) db.exec(statement);
  const medic = await RunningMedic.start({ config, time, storagePath });
  const rows = (sql: string): unknown[] =>
    db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  const fire = async (name: string): Promise<string> =>
    (await postMessage(medic.url, TOKEN, webhookMessage([{ labels: repairWanted('prod', name, job.jobId) }]))).text;
  return { medic, job, rows, fire };
}

const numbers = (count: number): string =>
  `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${String(count)})`;

const deliveries = (count: number, outcome: 'stored' | 'ignored', at: string): string =>
  `INSERT INTO deliveries (fingerprint, starts_at, status, alertname, cluster, job_name, job_id, first_at, last_at, count, outcome)
   ${numbers(count)} SELECT '${outcome}-' || n, ${String(START)}, 'firing', 'a', 'prod', 'orders', '${JOB_ID}', ${String(START)}, ${at}, 1, '${outcome}' FROM numbers`;

const event = (id: number, at: number): string =>
  `INSERT INTO events VALUES (${String(id)}, ${String(at)}, 'prod', 'x', 1, 'seen', 'listed', '')`;

const incidents = (count: number, closedAt: string, cluster = 'prod'): string => {
  const document = `json_object('id', n, 'state', 'refused', 'reason', 'no_policy', 'detail', '', 'openedAt', 1, 'since', 1, 'closedAt', ${closedAt}, 'triggers', json('[]'),
    'run', json_object('cluster', '${cluster}', 'jobId', 'x' || n, 'generation', 1, 'name', 'old', 'status', 'FAILED', 'endTime', 1, 'lastStart', 1))`;
  return `INSERT INTO incidents ${numbers(count)} SELECT n, '${cluster}', 'x' || n, 1, 'old', 'refused', 1, ${closedAt}, ${document} FROM numbers`;
};
const known = async (medic: RunningMedic): Promise<number[]> =>
  (await medic.json<{ incidents: IncidentResource[] }>('/api/v1/incidents')).incidents.map(({ id }) => id);

describe('the runs of a cluster', () => {
  it('live ones: new jobs wait until others have ended', async () => {
    const { cluster, medic, count } = await startWithRoomForOne();
    const jobs = Array.from({ length: 5 }, (_, index) => cluster.submit({ name: `job-${String(index)}` }).run());
    await medic.advance(3 * POLL);
    expect(count('runs')).toBe(2);
    expect(await used(medic, 'live_runs', 'exported_runs')).toEqual({ live_runs: 1, exported_runs: 1 });
    expect((await medic.page()).lines('flink_cluster_jobs_omitted')).toEqual([
      'flink_cluster_jobs_omitted{flink_cluster="prod"} 4',
    ]);
    expect(medic.log.filter(({ msg }) => String(msg).includes('observe.max_jobs'))).toHaveLength(1);
    for (const job of jobs.slice(0, 2)) job.finish();
    await medic.advance(2 * POLL);
    expect((await medic.jobs()).map(({ job_name, state }) => `${job_name} ${state}`).toSorted()).toEqual([
      'job-0 FINISHED',
      'job-1 FINISHED',
      'job-2 RUNNING',
      'job-3 RUNNING',
    ]);
  });

  it('of a JobManager that invents other jobs at every poll: no more than those', async () => {
    const { cluster, medic, count } = await startWithRoomForOne();
    for (let poll = 0; poll < 20; poll += 1) {
      cluster.restart();
      for (let index = 0; index < 20; index += 1)
        cluster.submit({ name: `job-${String(poll)}-${String(index)}` }).run();
      await medic.advance(POLL);
    }
    expect(Number(count('runs'))).toBeLessThanOrEqual(2 + 10 + 2 * 6);
    expect(Object.values(await used(medic, 'live_runs', 'ended_runs')).every((share) => share <= 2)).toBe(true);
  });

  it('ended ones: the oldest leave, also with their archives there, and are never new again', async () => {
    const { cluster, medic, count, config, storagePath } = await startWithRoomForOne([temporaryFolder()]);
    for (let index = 0; index < 15; index += 1) {
      const job = cluster.submit({ name: `job-${String(index)}` }).run();
      await medic.advance(POLL);
      job.finish();
      await medic.advance(POLL);
      cluster.forget(job);
    }
    await medic.advance(2 * MINUTE);
    const youngest = Array.from({ length: 10 }, (_, index) => `job-${String(index + 5)}`).toSorted();
    const settled = async (running: RunningMedic): Promise<void> => {
      expect(names(await running.jobs())).toEqual(youngest);
      expect([count('runs'), count('tombstones'), count('name_counters')]).toEqual([10, 5, 15]);
      expect(await used(running, 'ended_runs')).toEqual({ ended_runs: 1 });
    };
    await settled(medic);
    expect(medic.log.filter(({ msg }) => String(msg).includes('too many ended runs'))).toHaveLength(1);
    await medic.stop();
    const again = await RunningMedic.start({ config, time: medic.time, storagePath });
    await again.advance(5 * MINUTE);
    await settled(again);
  });
});

describe('what the ledger holds', () => {
  it('alerts that wait: more are ignored, and those that wait stay', async () => {
    const { medic, rows, fire } = await startOver(deliveries(MAX_WAITING_ALERTS, 'stored', String(START)));
    expect(await used(medic, 'waiting_alerts')).toEqual({ waiting_alerts: 1 });
    expect(await fire('orders')).toContain('too many alerts wait already');
    expect(rows(`SELECT count(*) FROM deliveries WHERE outcome = 'stored'`)).toEqual([MAX_WAITING_ALERTS]);
  });

  it('alerts that are over: the oldest leave', async () => {
    const { medic, rows } = await startOver(
      deliveries(MAX_DELIVERIES + 50, 'ignored', `${String(START)} - n`),
      deliveries(1, 'stored', String(START - DAY)),
    );
    await medic.advance(2 * MINUTE);
    expect(rows('SELECT count(*) FROM deliveries')).toEqual([MAX_DELIVERIES + 1]);
    expect(rows(`SELECT min(last_at) FROM deliveries WHERE outcome = 'ignored'`)).toEqual([START - MAX_DELIVERIES]);
    expect((await used(medic, 'alert_deliveries')).alert_deliveries).toBeCloseTo(1, 3);
  });

  it('entries of the audit: the oldest leave', async () => {
    const { medic, rows } = await startOver(
      'DELETE FROM events',
      ...[1, 2, 3, 4, 5, 1_000_001].map((id) => event(id, START)),
    );
    await medic.advance(2 * MINUTE);
    expect((await used(medic, 'audit_events')).audit_events).toBeCloseTo(1, 3);
    expect(rows('SELECT id FROM events ORDER BY id')).toEqual([2, 3, 4, 5, 1_000_001]);
  });

  it('messages to receivers: the oldest are dropped and counted', async () => {
    const { medic, rows } = await startOver(
      `INSERT INTO notifications (id, url, event, created_at, tries, next_try_at, body)
       ${numbers(MAX_WAITING_NOTIFICATIONS + 7)} SELECT n, 'http://127.0.0.1:9/', 'incident', ${String(START)}, 9, ${String(START + DAY)}, '{}' FROM numbers`,
    );
    await medic.advance(MINUTE);
    expect(await used(medic, 'waiting_notifications')).toEqual({ waiting_notifications: 1 });
    expect((await medic.page()).lines('flink_medic_notifications_total', 'dropped')).toEqual([
      'flink_medic_notifications_total{result="dropped"} 7',
    ]);
    expect(rows('SELECT min(sequence) FROM notifications')).toEqual([8]);
  });

  describe('incidents', () => {
    it('that are over: the oldest leave, so that new ones find a place', async () => {
      const { medic, job, fire } = await startOver(incidents(MAX_INCIDENTS_OF_CLUSTER, String(START - 2 * DAY)));
      await medic.advance(2 * MINUTE);
      expect(await used(medic, 'incidents')).toEqual({ incidents: 0.75 });
      expect(await known(medic)).not.toContain(5);
      job.fail();
      await medic.advance(POLL);
      expect(await fire('orders')).toContain('opened incident');
    });

    it('that were closed lately all stay, and none is opened', async () => {
      const { medic, job, rows, fire } = await startOver(incidents(MAX_INCIDENTS_OF_CLUSTER, String(START - MINUTE)));
      job.fail();
      await medic.advance(POLL);
      expect(await fire('orders')).toContain('too_many_incidents');
      await medic.advance(2 * MINUTE);
      expect(rows('SELECT count(*) FROM incidents')).toEqual([MAX_INCIDENTS_OF_CLUSTER]);
    });

    it('of one cluster, however many, leave room for those of another', async () => {
      const lately = String(START - MINUTE);
      const { job, medic, fire } = await startOver(incidents(MAX_INCIDENTS_OF_CLUSTER, lately, 'crowded'));
      expect(await used(medic, 'incidents')).toEqual({ incidents: 1 });
      job.fail();
      await medic.advance(POLL);
      expect(await fire('orders')).toContain('opened incident');
    });
  });
});

it('restarts: one is under way, and it is the only one of this hour', async () => {
  const repair = await Repair.start({ restart: { max_concurrent: 1, max_attempts_per_hour: 1 } });
  await repair.alert(await repair.failed());
  await repair.until('submission', () => repair.cluster.submissions[0]);
  await expect(used(repair.medic, 'concurrent_restarts', 'attempts_per_hour')).resolves.toEqual({
    concurrent_restarts: 1,
    attempts_per_hour: 1,
  });
});

it('unwritten_events: entries of the audit while the ledger cannot be written: the newest are kept', async () => {
  const written: number[] = [];
  const log: string[] = [];
  let isFull = true;
  const { clock, timers } = new ManualTime();
  const recorder = new Recorder(
    {
      commit: async ({ events }) => {
        if (isFull) throw new Error('disk full');
        written.push(...events.map(({ at }) => at));
      },
    },
    {
      failed: () => undefined,
      clock,
      timers,
      log: { error: () => undefined, info: (message) => log.push(message) },
    },
  );
  const entry = { cluster: 'prod', jobId: 'a', generation: 1, kind: 'seen', rule: 'listed', detail: '' } as const;
  for (let at = 0; at <= MAX_UNWRITTEN; at += 1) recorder.add({ events: [{ ...entry, at }] });
  await recorder.commit();
  expect(recorder.fullness).toBe(1);
  isFull = false;
  await recorder.commit();
  expect([written[0], written.length, recorder.fullness]).toEqual([1, MAX_UNWRITTEN, 0]);
  expect(log).toEqual([expect.stringContaining('; 1 entries of the audit')]);
});

it('every bound is driven to its limit here', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  expect(Object.keys(BOUNDS).filter((bound) => !text.includes(`${bound}:`) && !text.includes(`'${bound}'`))).toEqual(
    [],
  );
});
