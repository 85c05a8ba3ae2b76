import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAlertmanagerMessage } from '../../src/http/alertmanager-message.ts';

/** As Alertmanager 0.25 sends it, and with what 0.34 adds. */
const MESSAGE = {
  receiver: 'flink\\.medic',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'FlinkJobRepairWanted', flink_cluster: 'prod', job_name: 'orders' },
      annotations: { summary: 'x' },
      startsAt: '2026-01-01T01:00:00.123456789+01:00',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus:9090/graph',
      fingerprint: '59b40c0c24914884',
    },
  ],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 3,
  notification_reason: 'muted by the moon',
  routeLabels: {},
};
const [ALERT] = MESSAGE.alerts;

test('reads what is used and leaves the rest', () => {
  expect(parseAlertmanagerMessage(MESSAGE)).toEqual({
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'FlinkJobRepairWanted', flink_cluster: 'prod', job_name: 'orders' },
        startsAt: Date.UTC(2026, 0, 1, 0, 0, 0, 123),
        fingerprint: '59b40c0c24914884',
      },
    ],
    truncated: 3,
  });
});

test.each([
  null,
  [],
  'text',
  { text: 'custom payload' },
  { ...MESSAGE, version: '5' },
  { ...MESSAGE, version: 4 },
  { ...MESSAGE, alerts: undefined },
  { ...MESSAGE, alerts: {} },
  { ...MESSAGE, alerts: [null] },
  { ...MESSAGE, alerts: [{ ...ALERT, status: 'pending' }] },
])('is not version 4: %j', (body) => expect(parseAlertmanagerMessage(body)).toBeUndefined());

function parsed(alert: object) {
  return parseAlertmanagerMessage({ version: '4', alerts: [ALERT, { ...ALERT, ...alert }] })?.alerts[1];
}

describe('odd particulars', () => {
  test.each([undefined, null, 7, '', 'yesterday', '0001-01-01T00:00:00Z', '-271821-04-19T00:00:00Z'])(
    'startsAt %j is the beginning of time',
    (startsAt) => expect(parsed({ startsAt })).toMatchObject({ startsAt: 0 }),
  );

  test.each([undefined, null, 7, '', '../x', 'x'.repeat(65), 'a\nb'])('fingerprint %j is made anew', (fingerprint) => {
    const made = parsed({ fingerprint, labels: { b: '1', a: '2' } })?.fingerprint;
    expect(made).toMatch(/^[\da-f]{16}$/);
    expect(parsed({ fingerprint, labels: { a: '2', b: '1' } })?.fingerprint).toBe(made);
    expect(parsed({ fingerprint, labels: { a: '1', b: '2' } })?.fingerprint).not.toBe(made);
  });

  test.each([undefined, null, 'x', ['a']])('labels %j are none', (labels) =>
    expect(parsed({ labels })).toMatchObject({ labels: {} }),
  );

  test('only labels that are texts count, and none changes what an object is', () => {
    const labels: unknown = JSON.parse('{"__proto__": {"a": "b"}, "job_name": "orders", "job_id": 7, "x": {"y": "z"}}');
    const alert = parsed({ labels });
    expect(alert?.labels).toEqual({ job_name: 'orders' });
    expect(alert?.labels['a']).toBeUndefined();
  });
});

test('alerts over the limit count as truncated', () => {
  const message = parseAlertmanagerMessage({ ...MESSAGE, alerts: Array.from({ length: 10_002 }, () => ALERT) });
  expect([message?.alerts.length, message?.truncated]).toEqual([10_000, 5]);
  expect(parseAlertmanagerMessage({ ...MESSAGE, truncatedAlerts: -1 })?.truncated).toBe(0);
  expect(parseAlertmanagerMessage({ ...MESSAGE, alerts: [] })?.alerts).toEqual([]);
});

test('never throws, and gives only what the intake may rely on', () => {
  const value = fc.anything({ withNullPrototype: true });
  const alert = fc.record(
    { status: fc.constantFrom('firing', 'resolved', 'x'), labels: value, startsAt: value, fingerprint: value },
    { requiredKeys: ['status'] },
  );
  const body = fc.oneof(
    value,
    fc.record({ version: fc.constant('4'), truncatedAlerts: value, alerts: fc.array(fc.oneof(alert, value)) }),
    fc.record({ version: fc.constant('4'), alerts: fc.array(alert) }),
  );
  fc.assert(
    fc.property(body, (message) => {
      for (const { startsAt, fingerprint, labels } of parseAlertmanagerMessage(message)?.alerts ?? []) {
        expect(Number.isSafeInteger(startsAt) && startsAt >= 0).toBe(true);
        expect(fingerprint).toMatch(/^[\w-]{1,64}$/);
        expect(Object.values(labels).every((label) => typeof label === 'string')).toBe(true);
      }
    }),
  );
});
