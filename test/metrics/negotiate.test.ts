import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { negotiate } from '../../src/metrics/negotiate.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const PROMETHEUS_2_42 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROMETHEUS_3_PROTOBUF = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,${PROMETHEUS_3}`;

describe('negotiate', () => {
  test.each([
    ['Prometheus 2.42', PROMETHEUS_2_42, OPENMETRICS],
    ['Prometheus 3', PROMETHEUS_3, `${OPENMETRICS}; escaping=allow-utf-8`],
    ['Prometheus 3 with native histograms', PROMETHEUS_3_PROTOBUF, `${OPENMETRICS}; escaping=allow-utf-8`],
    ['Prometheus before 2.5', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', TEXT],
    [
      'a draft of OpenMetrics, text next',
      'application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5',
      TEXT,
    ],
    ['OpenMetrics 2.0 only', 'application/openmetrics-text;version=2.0.0', TEXT],
    ['OpenMetrics of any version', 'application/openmetrics-text', OPENMETRICS],
    ['text by preference', 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4', TEXT],
    ['text by a wildcard', 'application/openmetrics-text;q=0.5,*/*;q=0.9', TEXT],
    ['equal preferences: the first', 'application/openmetrics-text,text/plain', OPENMETRICS],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0', TEXT],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
    ['curl', '*/*', TEXT],
    ['no header', undefined, TEXT],
    ['an empty header', '', TEXT],
    ['an unknown type', 'application/json', TEXT],
    ['other case, spaces and quotes', ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.4 ', OPENMETRICS],
    ['a quality that is none', 'application/openmetrics-text;q=high,text/plain;q=0.1', TEXT],
    ['text 0.0.4 with escaping', 'text/plain;version=0.0.4;escaping=underscores', `${TEXT}; escaping=underscores`],
    ['an escaping that does not exist', 'text/plain;escaping=evil', TEXT],
  ])('%s', (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType);
  });

  test('gives a content type of ours for any header', () => {
    const part = fc.constantFrom(...PROMETHEUS_3_PROTOBUF.split(/(?<=[,;=])|(?=[,;=])/), '"', ' ', '\u00e9');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (accept) => {
          const { format, contentType } = negotiate(accept);
          const expected = format === 'text' ? TEXT : OPENMETRICS;
          expect(contentType.replace(/; escaping=(allow-utf-8|underscores|dots|values)$/, '')).toBe(expected);
        },
      ),
    );
  });
});
