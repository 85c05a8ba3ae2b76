/** `restart:` of the configuration file. */

import * as fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { restartSchema } from '../../src/config/restart-schema.ts';
import { load, problems } from './support/load.ts';

const CLUSTERS = 'clusters: [{name: prod, jobmanagers: ["http://x"]}]';

/** A configuration with one policy; `fields` stand behind what every policy needs, in line 8. */
function withPolicy(fields: string, jar = 'jar: orders.jar'): string {
  return `${CLUSTERS}
restart:
  policies:
    - name: orders
      match: {flink_cluster: prod, job_name: orders}
      driver: {flink_rest: {${jar}}}

      ${fields}
`;
}

/** What is wrong with a policy, without what all messages have in common. */
async function policyProblems(fields: string, jar?: string): Promise<string[]> {
  const found = await problems(withPolicy(fields, jar));
  return found.map((line) => line.replace('medic.yml:', '').replace('restart.policies[0].', ''));
}

async function policyOf(text: string) {
  const { config, folder } = await load(text);
  const policy = config.restart.policies[0];
  if (policy === undefined) throw new Error('no policy');
  return { policy, folder };
}

describe('a policy', () => {
  it('needs a name, jobs and a jar, and has defaults for the rest', async () => {
    const { policy, folder } = await policyOf(withPolicy(''));
    const { match, ...others } = policy;
    expect([match.cluster.source, match.jobName.source]).toEqual(['prod', 'orders']);
    expect(others).toEqual({
      name: 'orders',
      triggers: { alerts: ['FlinkJobRepairWanted'], watchdog: false },
      on: ['FAILED'],
      restore: { policy: 'require', claimMode: 'NO_CLAIM', allowNonRestoredState: false },
      budget: { attempts: 3, perMs: 3_600_000 },
      backOff: { initialMs: 10_000, factor: 2, maxMs: 600_000 },
      confirm: { runningForMs: 30_000, checkpoint: true, timeoutMs: 300_000 },
      neverOn: { exceptions: [], failureLabels: {} },
      waitMs: 0,
      vanishedWaitMs: 600_000,
      batch: false,
      windows: [],
      driver: { submitTimeoutMs: 900_000, jar: { file: join(folder, 'orders.jar') }, args: [], config: {} },
    });
  });

  it('reads every key', async () => {
    const { config } = await load(`
${CLUSTERS}
restart:
  mode: on
  max_concurrent: 1
  max_attempts_per_hour: 5
  act_within: 2h
  breaker: {failed_ratio: "0.25", min_jobs: 2, window: 5m, cool_down: 1m}
  policies:
    - name: orders
      match: {flink_cluster: /prod|test/, job_name: "/orders-.*/"}
      triggers: {alerts: [A, B], watchdog: true}
      on: [FAILED, VANISHED, CANCELED, FINISHED]
      restore: {policy: prefer, max_age: 1h, claim_mode: CLAIM, allow_non_restored_state: true}
      budget: {attempts: 1, per: 1d}
      backoff: {initial: 1m, factor: 1.5, max: 1h}
      confirm: {running_for: 1m, checkpoint: false, timeout: 10m}
      never_on: {exceptions: ["/.*NotFound.*/", java.lang.Error], failure_labels: {type: USER}}
      wait: 5m
      vanished_wait: 30m
      batch: true
      windows:
        - {days: [sat], from: "22:00", to: "04:00", time_zone: Europe/Berlin}
        - {from: "00:00", to: "24:00"}
      driver:
        flink_rest:
          submit_timeout: 1h
          jar_name: orders.jar
          entry_class: com.example.Orders$Main
          args: [--env, prod, ""]
          parallelism: 4
          config: {pipeline.name: orders-1, a: 1, b: 0.5, c: true, d: 9007199254740991, e: ""}
`);
    const { policies, ...switches } = config.restart;
    expect(switches).toEqual({
      mode: 'on',
      maxConcurrent: 1,
      maxAttemptsPerHour: 5,
      actWithinMs: 7_200_000,
      breaker: { failedRatio: 0.25, minJobs: 2, windowMs: 300_000, coolDownMs: 60_000 },
    });
    // As JSON a text matcher is what was written.
    expect(JSON.parse(JSON.stringify(policies))).toEqual([
      {
        name: 'orders',
        match: { cluster: { source: '/prod|test/' }, jobName: { source: '/orders-.*/' } },
        triggers: { alerts: ['A', 'B'], watchdog: true },
        on: ['FAILED', 'VANISHED', 'CANCELED', 'FINISHED'],
        restore: { policy: 'prefer', maxAgeMs: 3_600_000, claimMode: 'CLAIM', allowNonRestoredState: true },
        budget: { attempts: 1, perMs: 86_400_000 },
        backOff: { initialMs: 60_000, factor: 1.5, maxMs: 3_600_000 },
        confirm: { runningForMs: 60_000, checkpoint: false, timeoutMs: 600_000 },
        neverOn: {
          exceptions: [{ source: '/.*NotFound.*/' }, { source: 'java.lang.Error' }],
          failureLabels: { type: 'USER' },
        },
        waitMs: 300_000,
        vanishedWaitMs: 1_800_000,
        batch: true,
        windows: [
          { days: ['sat'], from: 1320, to: 240, timeZone: 'Europe/Berlin' },
          { days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: 0, to: 1440, timeZone: 'UTC' },
        ],
        driver: {
          submitTimeoutMs: 3_600_000,
          jar: { name: 'orders.jar' },
          entryClass: 'com.example.Orders$Main',
          args: ['--env', 'prod', ''],
          parallelism: 4,
          config: { 'pipeline.name': 'orders-1', a: '1', b: '0.5', c: 'true', d: '9007199254740991', e: '' },
        },
      },
    ]);
  });

  it.each([
    ['on: []', '8:11: on: must have at least 1 item'],
    ['on: [FAILED, FAILED]', '8:20: on[1]: is the same as [0]'],
    ['on: [UNKNOWN]', '8:12: on[0]: must be one of FINISHED, FAILED, CANCELED, VANISHED'],
    ['on: [CANCELED]', '4:7: wait: must be at least 5m, because on has CANCELED'],
    ['wait: 1h', '8:13: wait: must be shorter than restart.act_within: else every restart would be too late'],
    ['triggers: {alerts: [A, A]}', '8:30: triggers.alerts[1]: is the same as [0]'],
    ['triggers: {alert: [A]}', '8:18: triggers.alert: unknown key; did you mean alerts? Allowed: alerts, watchdog'],
    ['restore: {policy: maybe}', '8:25: restore.policy: must be one of require, prefer, none'],
    ['restore: {claim_mode: claim}', '8:29: restore.claim_mode: must be one of NO_CLAIM, CLAIM, LEGACY'],
    ['restore: {policy: none, max_age: 1h}', '8:40: restore.max_age: does nothing with policy: none'],
    ['budget: {attempts: 0}', '8:26: budget.attempts: must be at least 1'],
    ['backoff: {factor: 0.5}', '8:25: backoff.factor: must be at least 1'],
    ['backoff: {factor: 2x}', '8:25: backoff.factor: expected a number such as 2 or 0.5'],
    ['backoff: {factor: []}', '8:25: backoff.factor: expected a number'],
    ['backoff: {initial: 11m}', '8:16: backoff.max: must be at least initial'],
    ['confirm: {running_for: 5m}', '8:16: confirm.timeout: must be longer than running_for'],
    [
      'never_on: {exceptions: ["/(/"]}',
      '8:31: never_on.exceptions[0]: is not a regular expression of RE2: missing closing )',
    ],
    ['windows: [{from: "22:00"}]', '8:17: windows[0].to: is missing; expected a string'],
    [
      'windows: [{from: "24:00", to: "01:00"}]',
      '8:24: windows[0].from: must be a time from "00:00" to "23:59", in quotes',
    ],
    [
      'windows: [{from: "9:00", to: "01:00"}]',
      '8:24: windows[0].from: must be a time from "00:00" to "23:59", in quotes',
    ],
    [
      'windows: [{from: "09:00", to: "24:01"}]',
      '8:37: windows[0].to: must be a time from "00:00" to "24:00", in quotes',
    ],
    ['windows: [{from: "09:00", to: "10:00", days: []}]', '8:52: windows[0].days: must have at least 1 item'],
    [
      'windows: [{from: "09:00", to: "10:00", days: [Sat]}]',
      '8:53: windows[0].days[0]: must be one of sun, mon, tue, wed, thu, fri, sat',
    ],
    [
      'windows: [{from: "09:00", to: "10:00", time_zone: Europe/Nowhere}]',
      '8:57: windows[0].time_zone: must be the name of a time zone, such as Europe/Berlin',
    ],
  ])('%s → %s', async (fields, message) => {
    expect(await policyProblems(fields)).toEqual([message]);
  });

  it('waits after what somebody may have meant', async () => {
    const text = withPolicy('on: [FINISHED, CANCELED]\n      wait: 5m');
    expect(await problems(text.replace('5m', '299s'))).toEqual([
      'medic.yml:9:13: restart.policies[0].wait: must be at least 5m, because on has FINISHED and CANCELED',
    ]);
    expect((await policyOf(text)).policy.waitMs).toBe(300_000);
  });

  it('gives a vanished run less time than act_within, where that is asked for', async () => {
    const text = withPolicy('vanished_wait: 2h');
    expect((await policyOf(text)).policy.vanishedWaitMs).toBe(7_200_000);
    expect(await problems(text.replace('vanished_wait', 'on: [VANISHED]\n      vanished_wait'))).toEqual([
      'medic.yml:9:22: restart.policies[0].vanished_wait: must be shorter than restart.act_within: else every restart would be too late',
    ]);
  });

  it.each([
    ['', '6:28: driver.flink_rest: needs jar or jar_name'],
    ['jar: a.jar, jar_name: a.jar', '6:28: driver.flink_rest: needs jar or jar_name, not both'],
    ['jar: orders.zip', '6:34: driver.flink_rest.jar: must be the path of a file that ends in .jar'],
    ['jar: jars/.jar', '6:34: driver.flink_rest.jar: must be the path of a file that ends in .jar'],
    ['jar: "s3://b/orders.jar"', '6:34: driver.flink_rest.jar: must be the path of a file here, not a URL'],
    [
      'jar_name: jars/orders.jar',
      '6:39: driver.flink_rest.jar_name: must be the name of a jar at the JobManager, such as orders.jar, without a folder',
    ],
    [
      'jar_name: orders',
      '6:39: driver.flink_rest.jar_name: must be the name of a jar at the JobManager, such as orders.jar, without a folder',
    ],
    [
      'jar: a.jar, entry_class: "../Orders"',
      '6:54: driver.flink_rest.entry_class: must be the name of a class, such as com.example.Orders',
    ],
    [
      'jar: a.jar, args: [--rate, 1.10]',
      '6:56: driver.flink_rest.args[1]: expected a string, found a number; put the value in quotes',
    ],
    ['jar: a.jar, parallelism: 0', '6:54: driver.flink_rest.parallelism: must be at least 1'],
    ['jar: a.jar, config: {a: {b: 1}}', '6:53: driver.flink_rest.config.a: expected text, a number, true or false'],
    [
      'jar: a.jar, config: {a: 12345678901234567890}',
      '6:53: driver.flink_rest.config.a: is too large a number to be kept exactly; put it in quotes',
    ],
    [
      'jar: a.jar, config: {pipeline.name: payments}',
      '6:65: driver.flink_rest.config.pipeline.name: must fit match.job_name: else the new run would be another job',
    ],
  ])('%s → %s', async (driver, message) => {
    expect(await policyProblems('', driver)).toEqual([message]);
  });

  it.each([
    ['execution.savepoint.path', 'restore decides what the job is restored from'],
    ['execution.state-recovery.path', 'restore decides what the job is restored from'],
    ['execution.savepoint.ignore-unclaimed-state', 'use restore: allow_non_restored_state'],
    ['execution.state-recovery.ignore-unclaimed-state', 'use restore: allow_non_restored_state'],
    ['execution.savepoint-restore-mode', 'use restore: claim_mode'],
    ['execution.state-recovery.claim-mode', 'use restore: claim_mode'],
    ['$internal.pipeline.job-id', 'Flink keeps it for itself, and flink-medic chooses the job id'],
  ])('does not let config say %s', async (key, advice) => {
    const [first = ''] = await policyProblems('', `jar: a.jar, config: {${key}: x}`);
    expect(first.replace(/^6:\d+: /, '')).toBe(`driver.flink_rest.config.${key}: cannot be set here; ${advice}`);
  });

  it.each(['name', 'match', 'driver'])('needs %s', async (key) => {
    const text = withPolicy('').replace(new RegExp(`${key}: (orders|\\{.*\\})$`, 'm'), `batch: true`);
    expect((await problems(text))[0]).toMatch(new RegExp(`restart\\.policies\\[0\\]\\.${key}: is missing`));
  });
});

function policyFor(name: string, cluster: string): string {
  return `{name: ${name}, match: {flink_cluster: ${cluster}, job_name: a}, driver: {flink_rest: {jar_name: a.jar}}}`;
}

describe('restart', () => {
  it.each([
    ['{mode: yes}', 'restart.mode: must be one of off, dry_run, on'],
    ['{max_concurrent: 0}', 'restart.max_concurrent: must be at least 1'],
    ['{act_within: 59s}', 'restart.act_within: must be at least 1m'],
    ['{breaker: {failed_ratio: 0}}', 'restart.breaker.failed_ratio: must be more than 0'],
    ['{breaker: {failed_ratio: 50}}', 'restart.breaker.failed_ratio: must be at most 1'],
    ['{breaker: {failed_ratio: -1}}', 'restart.breaker.failed_ratio: expected a number such as 2 or 0.5'],
  ])('%s → %s', async (text, message) => {
    const [first = ''] = await problems(`${CLUSTERS}\nrestart: ${text}`);
    expect(first.replace(/^medic\.yml:2:\d+: /, '')).toBe(message);
  });

  it.each([
    [policyFor('a', 'prod'), policyFor('a', '/p.*/'), 'name'],
    [policyFor('a', 'prod'), policyFor('b', 'prod'), 'match'],
  ])('refuses the second of %s and %s', async (first, second, key) => {
    expect(await problems(`${CLUSTERS}\nrestart: {policies: [${first}, ${second}]}`)).toEqual([
      expect.stringMatching(
        new RegExp(String.raw`^medic\.yml:2:\d+: restart\.policies\[1\]\.${key}: is the same as \[0\]\.${key}$`),
      ),
    ]);
  });

  it('refuses a policy that fits no cluster with a JobManager, unless one may come from a file of clusters', async () => {
    const names = ['/prod/', 'prd', '/x.*/', 'old'];
    const policies = names.map((name, index) => policyFor(`p${index}`, name)).join(', ');
    const text = `${CLUSTERS.replace(/]$/, ', {name: old, archives: [/x]}]')}\nrestart: {policies: [${policies}]}`;
    const found = await problems(text);
    expect(found.map((line) => line.replace(/^medic\.yml:2:\d+: restart\.policies/, ''))).toEqual([
      '[1].match.flink_cluster: fits no cluster under clusters that has jobmanagers',
      '[2].match.flink_cluster: fits no cluster under clusters that has jobmanagers',
      '[3].match.flink_cluster: fits no cluster under clusters that has jobmanagers',
    ]);
    const { config } = await load(`cluster_files: [clusters.d/*.yml]\n${text}`);
    expect(config.restart.policies).toHaveLength(4);
  });
});

/** What is right, nothing, or anything. */
function or(right: unknown): fc.Arbitrary<unknown> {
  return fc.oneof(fc.constant(right), fc.constant(undefined), fc.jsonValue({ maxDepth: 1 }));
}

describe('whatever is written', () => {
  it('is refused, not thrown over', () => {
    const target = fc.record({ jar: or('a.jar'), args: or(['a']), config: or({ 'pipeline.name': 'orders' }) });
    const written = fc.record({
      name: or('a'),
      match: fc.oneof(or({}), fc.record({ flink_cluster: or('/a/'), job_name: or('/orders.*/') })),
      on: or(['VANISHED', 'FINISHED']),
      wait: or('5m'),
      restore: fc.oneof(or({}), fc.record({ policy: or('none'), max_age: or('1h') })),
      backoff: fc.oneof(or({}), fc.record({ initial: or('1m'), max: or('1m'), factor: or(2) })),
      confirm: fc.oneof(or({}), fc.record({ running_for: or('1m'), timeout: or('2m') })),
      never_on: fc.oneof(or({}), fc.record({ exceptions: or(['/a/']), failure_labels: or({ a: 'b' }) })),
      windows: fc.oneof(or([]), fc.array(fc.record({ from: or('10:00'), to: or('11:00'), time_zone: or('UTC') }))),
      driver: fc.oneof(or({}), fc.record({ flink_rest: fc.oneof(target, or({})) })),
    });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 2 }), or('1h'), (policies, actWithin) => {
        restartSchema.safeParse({ policies, act_within: actWithin });
      }),
      { numRuns: 2_000 },
    );
  });

  it('every minute of a day is a time', () => {
    const driver = { flink_rest: { jar_name: 'a.jar' } };
    const match = { flink_cluster: 'a', job_name: 'a' };
    fc.assert(
      fc.property(fc.nat({ max: 23 }), fc.nat({ max: 59 }), (hours, minutes) => {
        const from = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
        const parsed = restartSchema.parse({ policies: [{ name: 'a', match, driver, windows: [{ from, to: from }] }] });
        expect(parsed.policies[0]?.windows[0]).toMatchObject({ from: hours * 60 + minutes, to: hours * 60 + minutes });
      }),
    );
  });
});
