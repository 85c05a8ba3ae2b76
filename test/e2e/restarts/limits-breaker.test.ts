/** Most jobs of a cluster end together: the cluster is what is broken, and nothing is submitted until that is mended. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeJob } from '../../fake-flink/fake-job.ts';
import { Repair } from './repair.ts';

const MINUTE = 60_000;

interface Storm {
  readonly repair: Repair;
  readonly jobs: readonly FakeJob[];
}

/** 40 jobs, under one policy with a watchdog. */
async function fleet(restart: object = {}, config: object = {}): Promise<Storm> {
  const breaker = { failed_ratio: 0.5, min_jobs: 5, window: '1m', cool_down: '5m' };
  const policy = {
    match: { flink_cluster: 'c', job_name: '/job-\\d+/' },
    triggers: { watchdog: true },
    restore: { policy: 'none' },
    confirm: { checkpoint: false },
  };
  const repair = await Repair.start({ restart: { breaker, ...restart }, policy, config });
  const jobs = Array.from({ length: 40 }, (_, index) =>
    repair.cluster.submit({ name: `job-${String(index + 1)}` }).run(),
  );
  await repair.medic.advance(2 * MINUTE);
  return { repair, jobs };
}

/** 30 of them end at one moment. */
async function storm(restart: object = {}): Promise<Storm> {
  const { repair, jobs } = await fleet(restart);
  for (const job of jobs.slice(0, 30)) job.fail();
  await repair.until('open breaker', () => isOpen(repair));
  await repair.medic.advance(MINUTE);
  return { repair, jobs };
}

async function isOpen(repair: Repair): Promise<boolean> {
  return (await repair.page()).text.includes('flink_medic_breaker_open{flink_cluster="c"} 1');
}

async function statesOf(repair: Repair): Promise<Record<string, number>> {
  const { incidents } = await repair.medic.json<{ incidents: { state: string; reason?: string }[] }>(
    '/api/v1/incidents',
  );
  const words = incidents.map(({ state, reason }) => [state, reason].filter(Boolean).join(' '));
  return Object.fromEntries(
    Map.groupBy(words, (word) => word)
      .entries()
      .map(([word, all]) => [word, all.length]),
  );
}

describe('30 of 40 jobs fail together', () => {
  it('and the breaker opens: nothing is submitted, and that is said once', async () => {
    const { repair } = await storm();
    await repair.medic.advance(2 * MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
    expect(await statesOf(repair)).toEqual({ 'deferred breaker_open': 30 });
    expect((await repair.told()).at(-1)).toBe(
      'flink_medic_restart_decisions_total{decision="deferred",reason="breaker_open"} 30',
    );
    const said = repair.medic.log.filter(({ msg }) => String(msg).includes('breaker'));
    expect(said.map(({ msg }) => msg)).toEqual([
      'the breaker opened, restarts wait: 30 of 40 jobs ended FAILED or VANISHED within 60 s',
    ]);
    const { events, detail } = await repair.incident();
    expect(events.map(({ event, reason }) => [event, reason])).toEqual([
      ['opened', undefined],
      ['deferred', 'breaker_open'],
    ]);
    expect(detail).toContain('30 of 40 jobs');
    // A restart of flink-medic closes nothing.
    await repair.restartMedic(1_000);
    await repair.medic.advance(MINUTE);
    expect(await isOpen(repair)).toBe(true);
    expect(repair.cluster.submissions).toEqual([]);
  });

  it('one restart probes after the cool-down, and its success closes the breaker', async () => {
    const { repair } = await storm({ max_concurrent: 40, max_attempts_per_hour: 100 });
    await repair.until('probe', () => repair.cluster.submissions[0]);
    await repair.medic.advance(20_000);
    expect(repair.cluster.submissions).toHaveLength(1);
    expect(await isOpen(repair)).toBe(true);
    await repair.until('closed breaker', async () => !(await isOpen(repair)));
    await repair.until('all the others', () => repair.cluster.submissions.length === 30);
    await repair.medic.advance(5 * MINUTE);
    expect(await isOpen(repair)).toBe(false);
    expect(repair.cluster.submissions).toHaveLength(30);
    expect(await statesOf(repair)).toEqual({ succeeded: 30 });
  });

  it('each probe that fails doubles the cool-down', async () => {
    const { repair } = await storm();
    repair.cluster.onSubmit = (job) => job.run().fail();
    const { manual } = repair.medic.time;
    await repair.until('first probe', () => repair.cluster.submissions[0]);
    const first = manual.now();
    await repair.medic.advance(9 * MINUTE);
    expect(repair.cluster.submissions).toHaveLength(1);
    await repair.until('second probe', () => repair.cluster.submissions[1]);
    expect(manual.now() - first).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(manual.now() - first).toBeLessThan(12 * MINUTE);
    expect(await isOpen(repair)).toBe(true);
  });

  it('a person closes the breaker, and restarts go on within their limits', async () => {
    const { repair } = await storm();
    expect(await repair.order('breakers/c/close')).toEqual({ status: 204, body: undefined });
    await repair.until('two submissions', () => repair.cluster.submissions.length === 2);
    expect(await isOpen(repair)).toBe(false);
    expect(await repair.order('breakers/c/close')).toMatchObject({ status: 409 });
    expect(await repair.order('breakers/unknown/close')).toMatchObject({ status: 404 });
    // What failed before does not open it again.
    await repair.medic.advance(MINUTE);
    expect(await isOpen(repair)).toBe(false);
  });
});

describe('the breaker', () => {
  it('opens as well when what fails together had been brought back before', async () => {
    const names = [1, 2, 3, 4, 5, 6].map((number) => `job-${String(number)}`);
    const { repair } = await fleet();
    const { restart, ...rest } = repair.config();
    const [policy] = restart.policies;
    const policies = names.map((name) => ({
      ...policy,
      name,
      match: { flink_cluster: 'c', job_name: name },
      driver: { flink_rest: { jar: join(repair.folder, 'orders.jar'), args: ['--name', name] } },
    }));
    repair.medic.configure({
      ...rest,
      restart: { ...restart, breaker: { window: '1m' }, max_concurrent: 10, policies },
    });
    await repair.medic.reload();
    for (const job of repair.cluster.jobs.slice(6)) job.cancel();
    for (const job of repair.cluster.jobs.slice(0, 6)) {
      // Too few at one time.
      job.fail();
      await repair.until('restart', () => repair.cluster.jobs.filter(({ name }) => name === job.name).length === 2);
      await repair.medic.advance(MINUTE);
    }
    await repair.until('confirmed runs', async () => (await statesOf(repair)).succeeded === 6);
    await repair.medic.advance(2 * MINUTE);
    expect(await isOpen(repair)).toBe(false);
    for (const job of repair.cluster.jobs) if (job.endTime === undefined) job.fail();
    await repair.until('open breaker', () => isOpen(repair), MINUTE);
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toHaveLength(6);
  });

  it('stays closed while few jobs fail', async () => {
    const { repair, jobs } = await fleet();
    for (const job of jobs.slice(0, 19)) job.fail();
    await repair.until('submission', () => repair.cluster.submissions[0]);
    expect(await isOpen(repair)).toBe(false);
  });

  it('lets nothing through that was decided when it opens', async () => {
    const { repair, jobs } = await fleet({}, { observe: { interval: '5s' } });
    jobs[0]?.fail();
    const looks = repair.jobManager.count('/jobmanager/config');
    await repair.until('first look', () => repair.jobManager.count('/jobmanager/config') > looks);
    for (const job of jobs.slice(1, 30)) job.fail();
    await repair.until('open breaker', () => isOpen(repair));
    await repair.medic.advance(MINUTE);
    expect(repair.cluster.submissions).toEqual([]);
  });
});
