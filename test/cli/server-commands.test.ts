/** The commands that ask a running server, against the real one. */

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../e2e/support/fake.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { RunningMedic, type StartOptions, temporaryFolder } from '../e2e/support/medic.ts';
import { runCommand } from './run-command.ts';

let time: ManualTime;
let config: object;

beforeEach(async () => {
  time = new ManualTime();
  const { cluster, jobManager } = await startCluster({ clock: time.manual });
  cluster
    .submit({ name: 'orders', jobId: '1'.repeat(32) })
    .run()
    .completeCheckpoint({ path: 'file:/chk-1' });
  const hostile = cluster.submit({ name: 'red\u001b[31m\nline', jobId: '2'.repeat(32) }).run();
  hostile.fail({ exception: 'com.example.Broken', message: 'it \u001b[31mbroke' });
  config = { clusters: [{ name: 'prod', jobmanagers: [jobManager.baseUrl], archives: [] }] };
});

async function start(options: Partial<StartOptions> = {}): Promise<RunningMedic> {
  const medic = await RunningMedic.start({ config, time, ...options });
  await medic.advance(30_000);
  return medic;
}

describe('jobs', () => {
  it('is a table, without the control characters of others', async () => {
    const medic = await start();
    const { code, printed, errors } = await runCommand(['jobs', '--server.url', medic.url]);
    expect([code, errors]).toEqual([0, '']);
    expect(printed.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['CLUSTER', 'JOB', 'STATE', 'WHY', 'SINCE', 'RESTARTS', 'LAST FAILURE', 'JOB ID'],
      ['prod', 'orders', 'RUNNING', '2026-01-01T00:00:00.000Z', '0', '1'.repeat(32)],
      [
        'prod',
        'red·[31m·line',
        'FAILED',
        'source live',
        '2026-01-01T00:00:00.000Z',
        '0',
        'com.example.Broken',
        '2'.repeat(32),
      ],
    ]);
  });

  it('is the answer of the API as JSON, of one cluster on request', async () => {
    const medic = await start();
    const flags = ['--server.url', `${medic.url}/`, '--output', 'json'];
    const { printed } = await runCommand(['jobs', ...flags]);
    expect(JSON.parse(printed)).toEqual(await medic.json('/api/v1/jobs'));
    const other = await runCommand(['jobs', '--cluster', 'other', ...flags]);
    expect(JSON.parse(other.printed)).toEqual({ jobs: [] });
  });

  it('says why there are none, and which clusters there are', async () => {
    const away = { clusters: [{ name: 'away', jobmanagers: ['http://127.0.0.1:9'], archives: [] }] };
    const medic = await RunningMedic.start({ config: away });
    const { code, printed } = await runCommand(['jobs', '--server.url', medic.url]);
    expect([code, printed]).toEqual([0, expect.stringMatching(/no run is known on away \(not up\): .*ECONNREFUSED/)]);
    expect(await runCommand(['jobs', '--server.url', medic.url, '--cluster', 'nope'])).toMatchObject({
      code: 1,
      errors: 'flink-medic: no cluster "nope" is configured; there is away',
    });
  });
});

describe('explain', () => {
  it('tells the story of a job by name or id', async () => {
    const medic = await start();
    const explain = async (job: string): Promise<string[]> => {
      const { code, printed } = await runCommand(['explain', 'prod', job, '--server.url', medic.url]);
      expect(code).toBe(0);
      return printed.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
    };
    const orders = await explain('orders');
    expect(orders[0]).toBe('orders on prod');
    expect(orders).toEqual(expect.arrayContaining(['source  JobManager', 'restarts  0', 'history']));
    expect(orders.find((line) => line.startsWith('state'))).toBe('state  RUNNING');
    expect(orders.find((line) => line.startsWith('because'))).toContain('[listed]');
    expect(orders.find((line) => line.startsWith('last checkpoint'))).toContain('file:/chk-1');
    expect(orders.find((line) => line.startsWith('restore point'))).toBe(
      'restore point  checkpoint 1 at 2026-01-01T00:00:00.000Z file:/chk-1',
    );
    const failed = await explain('2'.repeat(32));
    expect(failed[0]).toBe('red·[31m·line on prod');
    expect(failed.find((line) => line.startsWith('last failure'))).toContain('com.example.Broken: it ·[31mbroke');
    expect(failed).toContain('restore point  none: no checkpoint, savepoint or restore of the job is known');
    expect(await explain('red\u001b[31m\nline')).toEqual(failed);
  });

  it('of an unknown job or cluster fails and says where to look', async () => {
    const medic = await start();
    for (const [cluster = '', job = ''] of [
      ['prod', 'nope'],
      ['nope', 'orders'],
      ['../prod', '%2e%2e'],
    ]) {
      const { code, printed, errors } = await runCommand(['explain', cluster, job, '--server.url', medic.url]);
      expect([code, printed]).toEqual([1, '']);
      expect(errors).toMatch(/^flink-medic: No (job|cluster) ".*\. GET \/api\/v1\/jobs lists what is known\.$/);
    }
  });
});

describe('a server that wants a user', () => {
  it('is asked with the credentials file, read at each use', async () => {
    const folder = temporaryFolder();
    const webConfigFile = join(folder, 'web.yml');
    writeFileSync(webConfigFile, JSON.stringify({ basic_auth_users: { ann: hashSync('with:colon', 4) } }));
    const headers = { authorization: `Basic ${Buffer.from('ann:with:colon').toString('base64')}` };
    const medic = await start({ webConfigFile, client: { headers } });
    const credentials = join(folder, 'credentials');
    const ask = (...flags: string[]) => runCommand(['jobs', '--server.url', medic.url, ...flags]);

    const none = await ask();
    expect([none.code, none.errors]).toEqual([1, expect.stringContaining('--server.credentials-file')]);
    const file = ['--server.credentials-file', credentials];
    expect(await ask(...file)).toMatchObject({ code: 1, errors: expect.stringContaining('ENOENT') });
    writeFileSync(credentials, 'ann');
    expect(await ask(...file)).toMatchObject({ code: 1, errors: expect.stringContaining('must hold USER:PASSWORD') });
    writeFileSync(credentials, 'ann:wrong\n');
    expect(await ask(...file)).toMatchObject({ code: 1, errors: expect.stringContaining('password is wrong') });
    writeFileSync(credentials, 'ann:with:colon\n');
    expect(await ask(...file)).toMatchObject({ code: 0, errors: '' });
  });
});

describe('an address that is wrong', () => {
  it('is named, with what to do', async () => {
    const refused = await runCommand(['jobs', '--server.url', 'http://127.0.0.1:9']);
    expect([refused.code, refused.errors]).toEqual([
      1,
      expect.stringMatching(/^flink-medic: no flink-medic answers at http:\/\/127\.0\.0\.1:9: .*--server\.url\.$/),
    ]);
    for (const nonsense of ['nonsense', 'localhost:10082']) {
      expect(await runCommand(['jobs', '--server.url', nonsense])).toMatchObject({
        code: 1,
        errors: `flink-medic: --server.url: "${nonsense}" is not a URL such as http://localhost:10082`,
      });
    }
    const secret = await runCommand(['jobs', '--server.url', 'http://ann:secret@127.0.0.1:9']);
    expect(secret).toMatchObject({ code: 1, errors: expect.stringContaining('--server.credentials-file') });
    expect(secret.errors).not.toContain('secret');
  });

  it.each([
    [200, '<html>hello</html>'],
    [200, '{"jobs": 1}'],
    [200, 'null'],
    [404, '"nothing"'],
    [404, 'nothing here'],
  ])('something else that answers %i %s is no crash', async (status, body) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const { code, errors } = await runCommand(['jobs', '--server.url', url]);
    expect([code, errors]).toEqual([1, expect.stringMatching(/is that flink-medic\?$/)]);
  });
});

describe('the command line', () => {
  it('has help, a version, and exit code 2 for wrong usage', async () => {
    const help = await runCommand(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['serve', 'check-config', 'jobs', 'explain', 'archives']) {
      expect(help.printed).toContain(command);
      expect((await runCommand([command, '--help'])).code).toBe(0);
    }
    expect((await runCommand(['--version'])).printed).toMatch(/^flink-medic \d+\.\d+\.\d+, Node v24\./);
    expect((await runCommand(['explain', 'prod'])).code).toBe(2);
    expect((await runCommand(['jobs', '--output', 'xml'])).code).toBe(2);
    for (const path of ['no path', '/-/ready', '/api/v1/jobs', '/probe']) {
      expect((await runCommand(['serve', '--web.telemetry-path', path])).code).toBe(2);
    }
    expect((await runCommand(['serve', '--web.external-url', 'ftp://x'])).code).toBe(2);
    expect((await runCommand(['serve', '--web.route-prefix', '/../x'])).code).toBe(1);
  });
});
