/** Nothing stays of what went wrong: no timer, no socket, and no memory of incidents that are closed. */

import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../fake-flink/faults.ts';
import { temporaryFolder } from '../support/medic.ts';
import { Repair } from './repair.ts';

const RUN = '/jars/:jarid/run';
const UPLOAD = '/jars/upload';

/** Real timers and connections of this process, whoever has them. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|TCPSocket|TLSSocket|FSReqPromise/.test(kind));
}

describe('flink-medic that is stopped', () => {
  it.each<[string, string, Fault | undefined]>([
    ['between the two looks', '/jobs/overview', undefined],
    ['with a jar on its way', UPLOAD, { kind: 'hang' }],
    ['with a submission on its way', RUN, { kind: 'hang' }],
    ['while it looks for what became of a submission', RUN, { kind: 'reset', before: true }],
  ])('%s leaves nothing running, and ends at once', async (_when, route, fault) => {
    const before = resources();
    const jar = join(temporaryFolder(), 'orders.jar');
    writeFileSync(jar, 'a jar');
    const repair = await Repair.start({
      policy: { driver: { flink_rest: { jar, args: ['--name', 'orders'], submit_timeout: '15m' } } },
    });
    const { jobManager, medic } = repair;
    const failed = await repair.failed();
    if (fault !== undefined) jobManager.faults.set(route, fault);
    await repair.alert(failed);
    const asked = jobManager.count(route);
    await repair.until('request', () => jobManager.count(route) > asked);
    const stopping = performance.now();
    await medic.stop();
    expect(performance.now() - stopping).toBeLessThan(5_000);
    expect(medic.time.pending).toBe(0);
    expect(medic.log.filter(({ level }) => level === 'error')).toEqual([]);
    await jobManager.stop();
    // Sockets end a turn later.
    await sleep(50);
    expect(resources().length).toBeLessThanOrEqual(before.length);
  });
});
