/** docs/openapi.yaml against the routes: the same paths, and answers of the form that it promises. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { beforeEach, describe, expect, test } from 'vitest';
import { IGNORED_REASONS } from '../../src/core/restart/alerts.ts';
import { ATTEMPT_STATES, INCIDENT_STATES } from '../../src/core/restart/incident.ts';
import { ATTEMPT_FAILURES, LIFTABLE, STAGES } from '../../src/core/restart/reasons.ts';
import { FINAL_STATUSES, UNKNOWN_REASONS } from '../../src/core/states.ts';
import type { CallerAuth } from '../../src/http/caller-auth.ts';
import { sendProblem } from '../../src/http/problem.ts';
import { alertmanagerRoute } from '../../src/http/routes/alertmanager.ts';
import { apiClustersRoute } from '../../src/http/routes/api-clusters.ts';
import { apiExplainRoute } from '../../src/http/routes/api-explain.ts';
import { incidentRoutes } from '../../src/http/routes/api-incidents.ts';
import { apiJobsRoutes } from '../../src/http/routes/api-jobs.ts';
import { orderRoutes } from '../../src/http/routes/orders.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { knowledgeOfOneCluster } from './knowledge-fixture.ts';
import { at, openapi, type Operation, operations } from './openapi.ts';
import { FakeDesk, FakeIntake, FakeWebhookMetrics } from './restart-fixtures.ts';
import { FakeLogger, serveApp } from './support.ts';

const VALUES: Readonly<Record<string, string>> = { cluster: 'prod', job: 'orders', job_id: '1'.repeat(32), id: '7' };
const BODIES: Readonly<Record<string, object>> = {
  '/api/v1/alertmanager': { version: '4', alerts: [{ status: 'firing', labels: { alertname: 'x' } }] },
  '/api/v1/restarts': { flink_cluster: 'prod', job: 'orders', lift: ['exhausted'] },
  '/api/v1/pause': { flink_cluster: 'prod' },
};

const auth: CallerAuth = async ({ headers }, response) => {
  if (headers.authorization !== undefined) return 'ann';
  sendProblem(response, { status: 401, detail: 'This needs credentials.' });
  return undefined;
};

let url: string;
beforeEach(async () => {
  const desk = new FakeDesk();
  const knowledge = knowledgeOfOneCluster();
  const logger = new FakeLogger();
  const silent = { warn: () => undefined };
  url = await serveApp({
    openRoutes: [
      alertmanagerRoute({ intake: new FakeIntake(), auth, metrics: new FakeWebhookMetrics(), logger: silent }),
      ...orderRoutes(desk, auth),
    ],
    routes: [
      apiClustersRoute(knowledge),
      ...apiJobsRoutes(knowledge),
      ...incidentRoutes(desk),
      apiExplainRoute(knowledge, { desk, timers: new ManualTime().timers, logger }),
    ],
  });
});

async function ask({ method, path, answers }: Operation, values: typeof VALUES, body?: object, authorized = true) {
  const answer = await request(url + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ''), {
    method,
    headers: { 'content-type': 'application/json', ...(authorized && { authorization: 'Bearer x' }) },
    ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
  });
  const text = await answer.body.text();
  expect(answers.has(answer.statusCode)).toBe(true);
  const schema = answers.get(answer.statusCode);
  const problems = schema?.safeParse(JSON.parse(text)).error?.issues ?? [];
  return { status: answer.statusCode, problems, empty: text === '' };
}

test('describes every route of the API, and no other', () => {
  const folder = join(import.meta.dirname, '../../src/http/routes');
  const served = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .matchAll(/(?:\b(?:endpoint|order)\(|PATH = )'(\/api\/[^']+)'/g)
      .map(([, path = '']) => path.replaceAll(/:(\w+)/g, '{$1}'))
      .toArray(),
  );
  expect(
    operations()
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(served.toSorted());
});

describe('answers are as described', () => {
  test.each(operations())('$method $path', async (operation) => {
    const { path, body } = operation;
    const answer = await ask(operation, VALUES, BODIES[path]);
    expect(answer.status).toBeLessThan(300);
    expect(answer).toMatchObject({ problems: [], empty: answer.status === 204 });
    expect(body?.safeParse(BODIES[path] ?? {}).error).toBeUndefined();
  });

  test.each(operations().filter(({ path }) => path.includes('{id}')))('$method $path: none', async (operation) => {
    expect(await ask(operation, { id: '99' })).toMatchObject({ status: 404, problems: [] });
  });

  test.each(operations().filter(({ method }) => method === 'POST'))('$method $path: refused', async (operation) => {
    expect(await ask(operation, VALUES, {}, false)).toMatchObject({ status: 401, problems: [] });
    expect(await ask(operation, VALUES, [])).toMatchObject({ status: 400, problems: [] });
  });

  test('a dry run, and an incident without anything that may be left out', async () => {
    const dryRun = { flink_cluster: 'prod', job: 'orders', dry_run: true };
    expect(await ask(operationOf('/api/v1/restarts'), VALUES, dryRun)).toMatchObject({ status: 200, problems: [] });
    const bare = await ask(operationOf('/api/v1/incidents/{id}'), { id: '6' });
    expect(bare).toMatchObject({ status: 200, problems: [] });
  });
});

function operationOf(path: string): Operation {
  const operation = operations().find((described) => described.path === path);
  if (operation === undefined) throw new Error(`${path} is not described`);
  return operation;
}

test('its closed lists are those of the program', () => {
  const schemas = at(openapi, 'components', 'schemas');
  const list = (...keys: string[]): unknown => at(schemas, ...keys)['enum'];
  expect(list('FinalStatus')).toEqual(FINAL_STATUSES);
  expect(list('IncidentState')).toEqual(INCIDENT_STATES);
  expect(list('Stage', 'properties', 'stage')).toEqual(STAGES);
  expect(list('Attempt', 'properties', 'state')).toEqual(ATTEMPT_STATES);
  expect(list('Attempt', 'properties', 'failure')).toEqual(Object.keys(ATTEMPT_FAILURES));
  expect(list('AlertOutcome', 'properties', 'reason')).toEqual(IGNORED_REASONS);
  expect(list('Run', 'properties', 'reason')).toEqual(UNKNOWN_REASONS);
  const order = at(openapi, 'paths', '/api/v1/restarts', 'post', 'requestBody', 'content', 'application/json');
  expect(at(order, 'schema', 'properties', 'lift', 'items')['enum']).toEqual(LIFTABLE);
});
