/**
 * Never two copies, on real Flink: two flink-medics that know nothing of each other, and one that lost its ledger, its
 * policy or its jar in the middle of an incident. All jobs share a cluster; how often each ran is counted there and in the
 * archives.
 */

import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptJobId } from '../../../src/core/restart/attempt-job-id.ts';
import { type Cluster, startCluster } from '../../real-flink/cluster.ts';
import { realFlink } from '../../real-flink/home.ts';
import { buildCountingJob } from '../../real-flink/jobs/build.ts';
import { until } from '../../real-flink/until.ts';
import { killPoints, withKillHook } from '../support/kill-points.ts';
import { overlapping, RepairedJob } from './support/repaired-job.ts';
import { RepairingMedic } from './support/repairing-medic.ts';
import { Turnstile } from './support/turnstile.ts';

const PATIENCE = 240_000;
/** That it really came back is for the other tests. */
const QUICK = { confirm: { running_for: '1s', checkpoint: false } };
/** The intent is durable, and nothing was sent. */
const AFTER_INTENT = 'after incidents=submitting attempts=intended job_repairs incident_events=accepted';
const BEFORE_SENDING = 'before incidents=submitting attempts=sending incident_events=sending';

for (const version of ['1.20.3', '2.3.0']) {
  const flink = realFlink(version);
  describe.skipIf(flink.skip !== undefined)(`Flink ${version}`, { timeout: PATIENCE }, () => {
    const medics: RepairingMedic[] = [];
    let cluster: Cluster;
    let jar: string;

    beforeAll(async () => {
      // The first record that cannot be processed ends a job.
      cluster = await startCluster({ flink: flink.get(), slots: 12, config: { 'restart-strategy.type': 'disable' } });
      jar = await buildCountingJob(flink.get());
    }, PATIENCE);

    afterAll(async () => {
      await Promise.all(medics.map((medic) => medic[Symbol.asyncDispose]()));
      await cluster.stop();
    });

    it.concurrent('starts one run an attempt when two flink-medics send theirs at once', async () => {
      const job = new RepairedJob(cluster, 'shared');
      await using turnstile = await Turnstile.start(cluster.jobManager.url);
      const policy = job.policy(jar, {
        budget: { attempts: 2, per: '1h' },
        confirm: { running_for: '10s', checkpoint: false },
      });
      const both = [await prepare([policy], turnstile.url), await prepare([policy], turnstile.url)];
      await Promise.all(both.map((medic) => medic.start()));
      const id = await running(job, both);
      await fail(job, id, both);
      await Promise.all(both.map((medic) => medic.tell(job.name, id)));

      // The first attempt's run fails at once: both know, and both go on.
      await until('end of the first attempt', async () => (await job.states()).join() === 'FAILED,FAILED');
      job.control.takeBack('fail-for-good');
      const stories = await Promise.all(both.map((medic) => medic.untilClosed(id)));
      const runs = await job.runs();
      console.log(
        `Flink ${version}, two flink-medics: ${String(turnstile.pairs)} pairs of submissions, ${String(runs.length)} runs`,
      );
      expect(turnstile.pairs).toBe(2);
      expect(runs.map(({ state }) => state)).toEqual(['FAILED', 'FAILED', 'RUNNING']);
      expect(overlapping(runs)).toEqual([]);
      expect(new Set(job.archived())).toEqual(new Set([id, runs[1]?.id]));
      for (const { state, attempts } of stories) {
        expect(state).toBe('succeeded');
        expect(attempts.map((attempt) => [attempt.state, attempt.request.job_id])).toEqual([
          ['failed', runs[1]?.id],
          ['succeeded', runs[2]?.id],
        ]);
      }
    });

    it.concurrent('starts no second run when the ledger is an old copy after the submission, or lost', async () => {
      const job = new RepairedJob(cluster, 'submitted');
      const medic = await prepare([job.policy(jar, QUICK)]);
      await medic.start();
      const id = await running(job, [medic]);
      await medic.backUp();
      await medic.start();
      await fail(job, id, [medic]);
      job.control.takeBack('fail-for-good');
      await medic.tell(job.name, id);
      await medic.untilIncident(id, 'submitted', ({ attempts }) => attempts[0]?.submitted !== undefined);
      await medic.kill();

      medic.restoreLedger();
      expect(await refused(job, medic, id)).toBe('superseded');
      await medic.kill();
      medic.loseLedger();
      expect(await refused(job, medic, id)).toBe('before_armed');
      expect(await job.states()).toEqual(['FAILED', 'RUNNING']);
    });

    it.concurrent('starts nothing when the ledger is lost after the intent, and one run with an old copy', async () => {
      const { job, medic, id } = await killedAfterIntent('intended', true);
      medic.loseLedger();
      expect(await refused(job, medic, id)).toBe('before_armed');
      expect(await job.states()).toEqual(['FAILED']);

      await medic.kill();
      medic.restoreLedger();
      await medic.start();
      await medic.untilSeen(id, 'FAILED');
      await medic.tell(job.name, id);
      await sentAsDecided(job, medic, id);
    });

    it.concurrent('sends what was decided when the policy is removed after the intent, and then another', async () => {
      const { job, medic, id, file, commits } = await killedAfterIntent('edited');
      medic.configure([]);
      await medic.start(withKillHook(commits, BEFORE_SENDING));
      await medic.untilEnded();
      expect(killPoints(commits).at(-1)).toBe(BEFORE_SENDING);

      const stranger = new RepairedJob(cluster, 'edited-stranger');
      medic.configure([job.policy(file, { driver: stranger.driver(jar), restore: { policy: 'none' } })]);
      await medic.start();
      expect(await sentAsDecided(job, medic, id)).toContain(job.control.folder);
      expect(await stranger.states()).toEqual([]);
    });

    it.concurrent('gives the attempt up when the jar is replaced after the intent, and decides anew', async () => {
      const { job, medic, id, file } = await killedAfterIntent('replaced');
      writeFileSync(file, 'not the jar that was decided on');
      await medic.start();
      const lost = await medic.untilIncident(id, 'without its jar', ({ attempts }) => attempts[0]?.state === 'failed');
      expect(lost.attempts).toMatchObject([{ failure: 'jar_lost', detail: expect.stringContaining(file) }]);
      expect(await job.states()).toEqual(['FAILED']);
      expect(JSON.stringify(await cluster.rest.get('/jars'))).not.toContain(basename(file));

      copyFileSync(jar, file);
      const { state, attempts } = await medic.untilClosed(id);
      expect([state, attempts.length]).toEqual(['succeeded', 2]);
      expect(attempts[1]?.request.jar).toEqual(attempts[0]?.request.jar);
      expect(await job.states()).toEqual(['FAILED', 'RUNNING']);
    });

    async function prepare(policies: readonly object[], jobManager = cluster.jobManager.url): Promise<RepairingMedic> {
      const medic = await RepairingMedic.prepare(jobManager, policies);
      medics.push(medic);
      return medic;
    }

    /** A flink-medic with a jar of its own that is killed when it has decided and has not sent anything. */
    async function killedAfterIntent(name: string, withBackup = false) {
      const job = new RepairedJob(cluster, name);
      const file = join(cluster.directory, `${name}.jar`);
      copyFileSync(jar, file);
      const medic = await prepare([job.policy(file, QUICK)]);
      const commits = join(medic.folder, 'commits');
      const hook = withKillHook(commits, AFTER_INTENT);
      await medic.start(hook);
      const id = await running(job, [medic]);
      if (withBackup) {
        await medic.backUp();
        await medic.start(hook);
      }
      await fail(job, id, [medic]);
      job.control.takeBack('fail-for-good');
      await medic.tell(job.name, id);
      await medic.untilEnded();
      expect(killPoints(commits).at(-1)).toBe(AFTER_INTENT);
      expect(await job.states()).toEqual(['FAILED']);
      return { job, medic, id, file, commits };
    }
  });
}

/** @returns the id of a new run that has state in a checkpoint */
async function running(job: RepairedJob, watching: readonly RepairingMedic[]): Promise<string> {
  const id = await job.submitAndCount();
  for (const medic of watching) await medic.untilSeen(id, 'RUNNING');
  return id;
}

async function fail(job: RepairedJob, id: string, watching: readonly RepairingMedic[]): Promise<void> {
  job.control.order('fail-for-good');
  for (const medic of watching) await medic.untilSeen(id, 'FAILED');
}

/** Starts flink-medic, tells it of the run and waits until it has refused. @returns why */
async function refused(job: RepairedJob, medic: RepairingMedic, id: string): Promise<string | undefined> {
  await medic.start();
  await medic.untilSeen(id, 'FAILED');
  await medic.tell(job.name, id);
  const { state, reason, attempts } = await medic.untilClosed(id);
  expect([state, attempts]).toEqual(['refused', []]);
  return reason;
}

/** Once, under the id that anybody computes of the end, with the state of the run that failed. @returns its arguments */
async function sentAsDecided(job: RepairedJob, medic: RepairingMedic, id: string): Promise<readonly string[]> {
  const { state, attempts } = await medic.untilClosed(id);
  const [ended, again, ...others] = await job.runs();
  const decided = attemptJobId({ jobId: id, status: 'FAILED', endTime: ended?.end ?? 0, lastStart: 0 });
  expect([state, attempts.map(({ request }) => request.job_id)]).toEqual(['succeeded', [decided]]);
  expect([ended?.state, again?.state, again?.id, others]).toEqual(['FAILED', 'RUNNING', decided, []]);
  expect((await job.control.resumedFrom()).at(-1)).toBeGreaterThan(0);
  return attempts[0]?.request.args ?? [];
}
