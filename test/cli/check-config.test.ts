import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/support/medic.ts';
import { runCommand } from './run-command.ts';

let file: string;
beforeEach(() => {
  file = join(temporaryFolder(), 'medic.yml');
});

function check(text: string, env: Readonly<Record<string, string>> = {}) {
  writeFileSync(file, text);
  return runCommand(['check-config', '--config.file', file], env);
}

function policy(name: string): string {
  return `{name: ${name}, match: {flink_cluster: prod, job_name: ${name}}, driver: {flink_rest: {jar: ${name}.jar}}}`;
}

describe('check-config', () => {
  it('says what a good file means', async () => {
    const text = `
clusters:
  - name: prod
    jobmanagers: ['http://\${HOST}:8081', 'http://jm-1:8081']
    expected_jobs: [orders]
  - name: old
    archives: [archive]
    history_server: http://history:8082/
`;
    const { code, printed, errors } = await check(text, { HOST: 'jm-0' });
    expect([code, errors]).toEqual([0, '']);
    expect(printed.split('\n')).toEqual([
      `${file}: right, 2 cluster(s)`,
      '  prod: jobmanagers http://jm-0:8081, http://jm-1:8081; archives found through the JobManager; expected jobs 1',
      `  old: jobmanagers none; archives ${join(file, '..', 'archive')}; history server http://history:8082; expected jobs 0`,
      '  restarts: mode dry_run; policies none',
    ]);
  });

  it('says which restarts are configured, and what about them is hardly meant', async () => {
    const { code, printed } = await check(`
clusters: [{name: prod, jobmanagers: ['http://jm'], archives: []}]
webhook: {authorization: {credentials_file: token}}
restart: {mode: on, policies: [${policy('orders')}, ${policy('payments')}]}
`);
    expect(code).toBe(0);
    expect(printed.split('\n').slice(2)).toEqual([
      '  restarts: mode on; policies orders, payments',
      `  warning: policy orders: the jar ${join(file, '..', 'orders.jar')} cannot be read now`,
      `  warning: policy payments: the jar ${join(file, '..', 'payments.jar')} cannot be read now`,
      expect.stringContaining(`  warning: webhook: cannot read the secret in ${join(file, '..', 'token')}: ENOENT`),
    ]);
  });

  it('names everything that is wrong, with its position', async () => {
    const text = 'observe: {interval: soon}\nclusters:\n  - name: prod\n    jobmanagers: [jm:8081]\n    archive: [x]\n';
    const { code, printed, errors } = await check(text);
    expect([code, printed]).toEqual([1, '']);
    const lines = errors.replace(/^flink-medic: /, '').split('\n');
    expect(lines.map((line) => line.slice(file.length).split(' ')[0])).toEqual([':1:21:', ':4:19:', ':5:5:']);
  });

  it('says which variable is not set, and which file is not there', async () => {
    const unset = await check("clusters: [{name: prod, jobmanagers: ['http://${NOWHERE}']}]");
    expect([unset.code, unset.errors]).toEqual([1, expect.stringMatching(/medic\.yml:1:\d+: .*NOWHERE/)]);
    const missing = await runCommand(['check-config', '--config.file', `${file}.gone`]);
    expect([missing.code, missing.errors]).toEqual([1, expect.stringContaining(`cannot read ${file}.gone`)]);
  });

  it('checks the web configuration too', async () => {
    writeFileSync(file, JSON.stringify({ basic_auth_users: { ann: hashSync('secret', 4) } }));
    const good = await runCommand(['check-config', '--web.config.file', file]);
    expect(good).toEqual({ code: 0, printed: `${file}: right, no TLS, 1 user(s)`, errors: '' });
    writeFileSync(file, 'basic_auth_users:\n  ann: secret\n');
    const bad = await runCommand(['check-config', '--web.config.file', file]);
    expect([bad.code, bad.errors]).toEqual([1, expect.stringMatching(/medic\.yml:2:8: .*is not a bcrypt hash/)]);
    expect(bad.errors).not.toContain('secret');
  });

  it('wants to know what to check, and knows no other flag', async () => {
    expect(await runCommand(['check-config'])).toMatchObject({
      code: 1,
      errors: expect.stringContaining('--config.file'),
    });
    expect(await runCommand(['check-config', '--config'])).toMatchObject({ code: 2 });
    expect(await runCommand(['chek-config'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('check-config'),
    });
  });
});
