import { expect, it } from 'vitest';

import { restartWarnings } from '../../src/config/restart-warnings.ts';
import { load } from './support/load.ts';

const WEBHOOK = 'webhook: {authorization: {credentials: t}}';

function policy(name: string, fields = '', { cluster = 'prod', job = 'a', driver = 'jar_name: a.jar' } = {}): string {
  return `{name: ${name}, match: {flink_cluster: ${cluster}, job_name: ${job}}, driver: {flink_rest: {${driver}}}, ${fields}}`;
}

async function warnings(restart: string, rest = WEBHOOK, others: Record<string, string> = {}) {
  const clusters =
    'clusters: [{name: prod, jobmanagers: ["http://x"], expected_jobs: [a, b, c]}]\ncluster_files: [more/*.yml]';
  const { config, folder } = await load(`${clusters}\nrestart: ${restart}\n${rest}`, others);
  return (await restartWarnings(config)).map((line) => line.replace(`${folder}/`, ''));
}

const NOBODY_ASKS =
  'only people can ask for a restart: webhook lets nobody in, or no policy lists an alert; none has a watchdog';

it('has nothing to say of what can work', async () => {
  expect(await warnings('{}', '')).toEqual([]);
  expect(await warnings(`{policies: [${policy('a')}]}`)).toEqual([]);
  expect(await warnings(`{policies: [${policy('a', 'triggers: {watchdog: true}')}]}`, '')).toEqual([]);
  expect(await warnings(`{policies: [${policy('a')}]}`, 'webhook: {client_allowed_sans: [am]}')).toEqual([]);
  const here = policy('a', '', { driver: 'jar: a.jar' });
  expect(await warnings(`{policies: [${here}]}`, WEBHOOK, { 'a.jar': '' })).toEqual([]);
});

it('says when nothing asks for a restart', async () => {
  expect(await warnings(`{policies: [${policy('a')}]}`, 'api: {authorization: {credentials: t}}')).toEqual([
    NOBODY_ASKS,
  ]);
  expect(await warnings(`{policies: [${policy('a', 'triggers: {alerts: []}')}]}`)).toEqual([NOBODY_ASKS]);
});

it('says which jar and which cluster is not there', async () => {
  const jar = { driver: 'jar: jars/a.jar' };
  expect(await warnings(`{policies: [${policy('a', '', jar)}, ${policy('b', '', { cluster: 'gone' })}]}`)).toEqual([
    'policy b fits no cluster that is configured now and has jobmanagers',
    'policy a: the jar jars/a.jar cannot be read now',
  ]);
});

it('says when two jobs would become copies of one', async () => {
  const all = policy('all', '', { job: '/.*/' });
  expect(await warnings(`{policies: [${policy('a')}, ${all}]}`)).toEqual([
    'policy all fits several expected jobs of prod, such as b and c: each would be started with the same jar and arguments',
  ]);
  expect(await warnings(`{policies: [${policy('a')}, ${policy('b', '', { job: 'b' })}, ${all}]}`)).toEqual([]);
});

it('is silent when restarts are off', async () => {
  expect(await warnings(`{mode: off, policies: [${policy('a', '', { driver: 'jar: a.jar' })}]}`, '')).toEqual([]);
});
