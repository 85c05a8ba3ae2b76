/** The commands that order or tell of restarts, against the routes over a desk that keeps what it was asked. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { MedicError } from '../../src/core/errors.ts';
import { callerAuth } from '../../src/http/caller-auth.ts';
import { apiExplainRoute } from '../../src/http/routes/api-explain.ts';
import { incidentRoutes } from '../../src/http/routes/api-incidents.ts';
import { orderRoutes } from '../../src/http/routes/orders.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { temporaryFolder } from '../e2e/support/medic.ts';
import { knowledgeOfOneCluster } from '../http/knowledge-fixture.ts';
import { FakeDesk } from '../http/restart-fixtures.ts';
import { FakeLogger, serveApp } from '../http/support.ts';
import { runCommand } from './run-command.ts';

let desk: FakeDesk;
let server: string[];
let credentials: string;

beforeEach(async () => {
  desk = new FakeDesk();
  const logger = new FakeLogger();
  const auth = callerAuth({
    section: 'api',
    callers: () => ({
      clientAllowedSans: [],
      authorization: { type: 'Bearer', credentials: { value: 't0ken' } },
      basicAuth: { username: 'ann', password: { value: 'pass:word' } },
    }),
    readSecret: async (secret) => ('value' in secret ? secret.value : ''),
    verifiesClients: () => false,
    now: () => 0,
    rejected: () => undefined,
    logger,
  });
  const restarts = { desk, timers: new ManualTime().timers, logger };
  const url = await serveApp({
    openRoutes: orderRoutes(desk, auth),
    routes: [...incidentRoutes(desk), apiExplainRoute(knowledgeOfOneCluster(), restarts)],
  });
  credentials = join(temporaryFolder(), 'credentials');
  writeFileSync(credentials, 't0ken\n');
  server = ['--server.url', url];
});

const order = (...args: string[]) => runCommand([...args, ...server, '--server.credentials-file', credentials]);

describe('incidents', () => {
  it('is a table, or JSON, of one cluster on request', async () => {
    const { printed } = await runCommand(['incidents', ...server]);
    expect(printed.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'CLUSTER', 'JOB', 'STATE', 'REASON', 'ATTEMPTS', 'OPENED', 'SINCE'],
      ['7', 'prod', 'orders', 'deferred', 'back_off', '1', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:17.000Z'],
      ['6', 'test', 'red·[31m', 'refused', 'no_policy', '0', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
    ]);
    const json = await runCommand(['incidents', '--cluster', 'test', '--output', 'json', ...server]);
    expect(JSON.parse(json.printed)).toMatchObject({ incidents: [{ id: 6 }] });
  });

  it('tells the whole story of one', async () => {
    const { code, printed } = await runCommand(['incidents', '7', ...server]);
    expect(code).toBe(0);
    expect(printed.split('\n')).toEqual([
      'incident 7: orders on prod',
      '  state            deferred (back_off)',
      '  because          The time between attempts has not passed.',
      '  advice           Nothing to do.',
      '  particulars      until 00:01',
      '  since            2026-01-01T00:00:17.000Z',
      `  run              ${'1'.repeat(32)}, FAILED at 2026-01-01T00:00:00.000Z`,
      '  opened           2026-01-01T00:00:01.000Z',
      '  policy           orders',
      '  asked for by     alert FlinkJobRepairWanted, 2 times from 2026-01-01T00:00:01.000Z to 2026-01-01T00:00:02.000Z',
      '  ordered          2026-01-01T00:00:05.000Z, from file:/savepoints/1, exhausted',
      '  attempt 1',
      '    state            failed (ended_again)',
      '    because          The new run ended before it was confirmed.',
      '    particulars      it failed after 3 s',
      '    decided          2026-01-01T00:00:10.000Z',
      '    sent             2026-01-01T00:00:11.000Z',
      '    submitted        2026-01-01T00:00:12.000Z',
      '    running          2026-01-01T00:00:13.000Z',
      '    its run          FAILED at 2026-01-01T00:00:16.000Z',
      '    ended            2026-01-01T00:00:17.000Z',
      '    request',
      ...SUBMISSION.map((line) => `  ${line}`),
      '  would send',
      ...SUBMISSION,
      '  history',
      '    2026-01-01T00:00:01.000Z  opened         by FlinkJobRepairWanted',
      '    2026-01-01T00:00:17.000Z  attempt_failed ended_again: attempt 1',
      '  alerts',
      '    2026-01-01T00:00:01.000Z  FlinkJobRepairWanted firing: opened; 2 times, last 2026-01-01T00:00:02.000Z',
    ]);
    const hostile = await runCommand(['incidents', '6', ...server]);
    expect(hostile.printed.split('\n')[0]).toBe('incident 6: red·[31m on test');
  });

  it('of an unknown number fails and says where to look', async () => {
    for (const id of ['8', '../7', 'x y']) {
      const { code, errors } = await runCommand(['incidents', id, ...server]);
      expect([code, errors]).toEqual([1, expect.stringMatching(/^flink-medic: No incident .*lists what is known\.$/)]);
    }
  });
});

const SUBMISSION = [
  `    job id           ${'2'.repeat(32)}`,
  `    jar              /jars/orders.jar (SHA-256 ${'ab'.repeat(32)})`,
  '    entry class      com.example.Orders',
  '    arguments        --env prod --db-password ****** --url=jdbc:db://ann:******@db/orders',
  '    parallelism      4',
  '    configuration    s3.secret-key: ******',
  '    configuration    pipeline.max-parallelism: 128',
  '    restore from     file:/checkpoints/chk-7 (NO_CLAIM)',
  '    snapshot taken   2025-12-31T23:59:58.000Z',
  '    chosen           checkpoint 7, the newest',
];

const DECISION = [
  `restart of the run ${'1'.repeat(32)}, which ended FAILED at 2026-01-01T00:00:00.000Z`,
  '  decision         deferred (dry_run)',
  '  because          restart.mode is dry_run: what would have been sent is written down.',
  '  advice           Set it to on.',
  '  particulars      it would be submitted',
  '  policy           orders',
  '  incident         7',
  '  stages',
  '    policy           no objection',
  '    mode             dry_run: it would be submitted',
  '  would send',
  ...SUBMISSION,
];

describe('explain', () => {
  it('ends with what would happen now, stage by stage', async () => {
    const { code, printed } = await runCommand(['explain', 'prod', 'orders', ...server]);
    expect(code).toBe(0);
    const [story = '', decision = ''] = printed.split('\n\n');
    expect(story).toMatch(/^orders on prod\n/);
    expect(decision.split('\n')).toEqual(DECISION);
  });

  it('tells the rest when the decision cannot be told', async () => {
    desk.failure = new MedicError('timeout', 'no answer');
    const { code, printed } = await runCommand(['explain', 'prod', 'orders', ...server]);
    expect([code, printed]).toEqual([
      0,
      expect.stringMatching(/^orders on prod\n[^]*\n\nwhether it would be restarted is not known: no answer$/),
    ]);
  });
});

describe('orders', () => {
  it('restart says which incident to follow', async () => {
    const { code, printed } = await order(
      'restart',
      'prod',
      'orders',
      '--from',
      'file:/s/1',
      '--lift',
      'exhausted',
      '--lift',
      'too_late',
    );
    expect([code, printed]).toEqual([
      0,
      'incident 7 of orders on prod: deferred (back_off); flink-medic incidents 7 tells how it goes on',
    ]);
    expect(desk.orders).toEqual([
      ['restart', { cluster: 'prod', job: 'orders', from: 'file:/s/1', lift: ['exhausted', 'too_late'] }, 'token'],
    ]);
  });

  it('restart --dry-run only explains', async () => {
    const { code, printed } = await order('restart', 'prod', 'orders', '--dry-run');
    expect([code, printed.split('\n')]).toEqual([0, DECISION]);
    expect(desk.orders).toEqual([['explain', 'prod', 'orders', { cluster: 'prod', job: 'orders', lift: [] }]]);
  });

  it('release, breaker close, pause and resume say what is done', async () => {
    expect((await order('release', '7')).printed).toMatch(/^incident 7 of orders on prod: /);
    expect((await order('breaker', 'close', 'prod')).printed).toBe('the breaker of prod is closed');
    expect((await order('pause')).printed).toBe('restarts are paused on all clusters');
    expect((await order('resume', 'prod')).printed).toBe('restarts may begin on prod');
    expect(desk.orders).toEqual([
      ['release', 7, 'token'],
      ['closeBreaker', 'prod', 'token'],
      ['pause', undefined, 'token'],
      ['resume', 'prod', 'token'],
    ]);
  });

  it('that are refused fail with why', async () => {
    desk.failure = new MedicError('not_possible', 'incident 7 has no unconfirmed attempt');
    expect(await order('release', '7')).toEqual({
      code: 1,
      printed: '',
      errors: 'flink-medic: incident 7 has no unconfirmed attempt',
    });
  });

  it('take a user and password, too, and fail without either', async () => {
    writeFileSync(credentials, 'ann:pass:word');
    expect((await order('pause')).code).toBe(0);
    expect(desk.orders).toEqual([['pause', undefined, 'ann']]);
    for (const [text, error] of [
      ['wrong', 'The credentials are wrong'],
      ['two words', 'must hold USER:PASSWORD or a token'],
      ['', 'must hold USER:PASSWORD or a token'],
    ] as const) {
      writeFileSync(credentials, text);
      expect(await order('pause')).toMatchObject({ code: 1, errors: expect.stringContaining(error) });
    }
    const none = await runCommand(['pause', ...server]);
    expect(none).toMatchObject({ code: 1, errors: expect.stringContaining('--server.credentials-file') });
  });

  it.each([
    ['restart', 'prod'],
    ['restart', 'prod', 'orders', '--lift', 'superseded'],
    ['release'],
    ['breaker', 'open', 'prod'],
    ['breaker', 'close'],
    ['pause', 'prod', 'test'],
  ])('%s %s %s %s %s: wrong usage is exit code 2', async (...args) => {
    expect((await order(...args)).code).toBe(2);
    expect(desk.orders).toEqual([]);
  });
});
