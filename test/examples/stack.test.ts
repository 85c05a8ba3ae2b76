/** The parts of the stack that need no programs. The whole is in `stack.real.test.ts`. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Facts } from '../../examples/stack/facts.ts';
import { openGate } from '../../examples/stack/gate.ts';
import { readOptions } from '../../examples/stack/options.ts';
import { findPrograms } from '../../examples/stack/programs.ts';
import { tapWebhook } from '../../examples/stack/wiretap.ts';
import { Witnesses } from '../../examples/stack/witnesses.ts';
import type { ActiveAlert } from '../e2e/support/alertmanager.ts';

describe('the options', () => {
  it('are as shipped unless told', () => {
    expect(readOptions([])).toEqual({ help: false, once: false, pace: 1, flink: undefined });
    expect(readOptions(['--once', '--pace=FAST', '--flink', '1.20.3'])).toMatchObject({ pace: 20, flink: '1.20.3' });
  });

  it.each([
    [['--pace=toString'], '"toString" is neither REAL nor FAST'],
    [['--flink', 'two'], '"two" is no Flink version'],
    [['--twice'], "Unknown option '--twice'"],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

it('names the command that installs what is missing', () => {
  expect(() => findPrograms({ PATH: '' })).toThrow(
    'prometheus and prometheus-alertmanager cannot be found. To install: apt-get install prometheus prometheus-alertmanager',
  );
});

function startFacts() {
  const said: string[] = [];
  const options = { say: (line: string) => void said.push(line), patience: 0, instead: async () => ['nothing else'] };
  return { facts: new Facts(options), said };
}

describe('the facts', () => {
  it('are all told, and their sum is wrong when one is', async () => {
    const { facts, said } = startFacts();
    await facts.holds('water is wet', () => 'seen');
    await facts.holds('so is rain', () => '');
    expect(facts.sum()).toBe(true);
    await facts.holds('so is fire', () => undefined);
    await facts.holds('so is sand', () => Promise.reject(new Error('nobody answers')));
    expect(facts.sum()).toBe(false);
    expect(said).toEqual([
      'ok      water is wet\n          seen',
      'ok      so is rain',
      '\nAll 2 are as they must be.',
      'FAILED  so is fire\n          no such thing within 0 ms\n          nothing else',
      'FAILED  so is sand\n          nobody answers\n          nothing else',
      '\n2 of 4 are wrong.',
    ]);
  });
});

function alert(alertname: string, receivers: readonly string[], inhibitedBy: readonly string[] = []): ActiveAlert {
  return {
    labels: { alertname, job_name: 'orders' },
    startsAt: '',
    fingerprint: `${alertname}'s`,
    receivers: receivers.map((name) => ({ name })),
    status: { state: inhibitedBy.length > 0 ? 'suppressed' : 'active', inhibitedBy },
  };
}

function missing(...inhibitedBy: readonly string[]): ActiveAlert {
  return alert('FlinkJobMissing', ['pager'], inhibitedBy);
}

const down = alert('FlinkJobManagerDown', ['pager']);
const failed = alert('FlinkJobFailed', ['pager']);

type Ask = (witnesses: Witnesses) => Promise<void>;
const isActive: Ask = (witnesses) => witnesses.alert('FlinkJobFailed', { job_name: 'orders' }, ['pager']);
const isMuted: Ask = (witnesses) => witnesses.muted('FlinkJobMissing', {}, 'FlinkJobManagerDown');
const hasResolved: Ask = (witnesses) => witnesses.resolved('FlinkJobManagerDown', {});

describe('the witnesses', () => {
  it.each<[holds: boolean, what: string, ask: Ask, alerts: readonly ActiveAlert[]]>([
    [true, 'active, for the receivers', isActive, [down, failed]],
    [false, 'active, for another receiver, too', isActive, [alert('FlinkJobFailed', ['pager', 'people'])]],
    [false, 'muted instead of active', isActive, [down, alert('FlinkJobFailed', ['pager'], [down.fingerprint])]],
    [false, 'not there', isActive, [down]],
    [true, 'muted by that one', isMuted, [missing(down.fingerprint), down]],
    [false, 'active instead of muted', isMuted, [missing(), down]],
    [false, 'muted by another', isMuted, [missing(failed.fingerprint), down, failed]],
    [false, 'muted by another, too', isMuted, [missing(down.fingerprint, failed.fingerprint), down, failed]],
    [true, 'gone', hasResolved, [failed]],
    [false, 'there still', hasResolved, [down]],
    [false, 'a series that Prometheus does not have', (witnesses) => witnesses.metric('up'), []],
    [false, 'an answer that was not given', (witnesses) => witnesses.answered('orders'), []],
    [false, 'an incident that is not there', (witnesses) => witnesses.incident('orders', '', () => ''), []],
  ])('say %s of an alert, or what is asked for, that is %s', async (holds, _, ask, alerts) => {
    const { facts } = startFacts();
    const alerting = { alertmanager: { alerts: async () => alerts }, prometheus: { query: async () => [] } };
    await ask(new Witnesses({ alerting, medic: { incidents: async () => [] }, wiretap: { answers: [] }, facts }));
    expect(facts.sum()).toBe(holds);
  });
});

/** An HTTP server that says what was asked. @returns its URL */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { authorization } = request.headers;
      const alerts = [{ became: 'opened', detail: `${String(request.url)} ${String(authorization)} ${body.length}` }];
      response.writeHead(202).end(JSON.stringify({ alerts }));
    });
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('the gate lets everything through, nothing while it is cut, and everything again', async () => {
  const gate = await openGate(await startEcho());
  onTestFinished(() => gate.cut());
  const ask = async (): Promise<number> => (await fetch(gate.url)).status;
  expect(await ask()).toBe(202);
  await gate.cut();
  await gate.cut();
  await expect(ask()).rejects.toThrow('fetch failed');
  await gate.mend();
  expect(await ask()).toBe(202);
});

it('the wiretap passes messages on as they are and keeps the answers', async () => {
  const wiretap = await tapWebhook(await startEcho());
  onTestFinished(() => wiretap.close());
  const body = JSON.stringify({ alerts: [{ status: 'firing', labels: { job_name: 'orders' } }] });
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
  const answer = await fetch(`http://${wiretap.address}/hook`, { method: 'POST', headers, body });
  const detail = `/hook Bearer secret ${body.length}`;
  expect([answer.status, await answer.json()]).toEqual([202, { alerts: [{ became: 'opened', detail }] }]);
  const labels = { job_name: 'orders' };
  expect(wiretap.answers).toEqual([{ code: 202, status: 'firing', labels, became: 'opened', detail }]);
});
