import { request } from 'undici';
import { expect, it } from 'vitest';
import type { FoundRuns } from '../../../src/http/knowledge.ts';
import { apiJobsRoutes } from '../../../src/http/routes/api-jobs.ts';
import { knowledgeOfOneCluster } from '../knowledge-fixture.ts';
import { serveApp } from '../support.ts';

it('sends so many lists at once and no more', async () => {
  const { promise: found, resolve } = Promise.withResolvers<FoundRuns>();
  const asked = Promise.withResolvers<void>();
  const runs = (): Promise<FoundRuns> => (asked.resolve(), found);
  const limits = { places: 1, placesOfAddress: 1, what: 'lists', advice: 'Wait.' };
  const url = await serveApp({ routes: apiJobsRoutes({ ...knowledgeOfOneCluster(), runs }, limits) });
  const first = request(`${url}/api/v1/jobs`);
  await asked.promise;
  const second = await request(`${url}/api/v1/jobs`);
  expect([second.statusCode, second.headers['retry-after']]).toEqual([503, '1']);
  expect(await second.body.json()).toMatchObject({
    detail: '1 lists are being sent already, 1 of them to this address.',
  });
  resolve({ found: [], of: 0 });
  expect(await (await first).body.json()).toEqual({ jobs: [] });
  const third = await request(`${url}/api/v1/jobs`);
  expect([third.statusCode, await third.body.json()]).toEqual([200, { jobs: [] }]);
});
