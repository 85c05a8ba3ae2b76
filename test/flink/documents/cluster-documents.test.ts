import { describe, expect, it } from 'vitest';
import { parseClusterOverview } from '../../../src/flink/documents/cluster-overview.ts';
import { parseDashboardConfig } from '../../../src/flink/documents/dashboard-config.ts';
import { parseJobManagerConfig } from '../../../src/flink/documents/job-manager-config.ts';
import { parseJobMetrics } from '../../../src/flink/documents/job-metrics.ts';

describe('parseClusterOverview', () => {
  const overview = { taskmanagers: 2, 'slots-total': 8, 'slots-available': 3, 'jobs-running': 1, 'jobs-failed': 0 };

  it('reads slots and version', () => {
    expect(parseClusterOverview({ ...overview, 'flink-version': '1.20.3', 'flink-commit': 'abc1234' })).toEqual({
      taskmanagers: 2,
      slots: 8,
      slotsAvailable: 3,
      version: '1.20.3',
      commit: 'abc1234',
    });
  });

  it('does without version', () => {
    expect(parseClusterOverview(overview)).toMatchObject({ version: '', commit: '' });
  });

  it('refuses a number of slots that is none', () => {
    expect(() => parseClusterOverview({ ...overview, 'slots-total': -1 })).toThrow('/overview: slots-total: ');
  });
});

describe('parseDashboardConfig', () => {
  it('says whether jars can be run', () => {
    const config = { 'refresh-interval': 3000, 'flink-version': '2.3.0', features: { 'web-submit': false } };
    expect(parseDashboardConfig(config)).toEqual({ version: '2.3.0', webSubmit: false, webHistory: false });
  });

  it('refuses what is not a dashboard configuration', () => {
    expect(() => parseDashboardConfig({ 'flink-version': '2.3.0' })).toThrow('/config: features: expected object');
  });
});

describe('parseJobManagerConfig', () => {
  it('is a map of the options that have a value', () => {
    const options = [
      { key: 'high-availability.type', value: 'NONE' },
      { key: 'a', value: null },
      { key: '__proto__', value: 'x' },
    ];
    expect([...parseJobManagerConfig(options)]).toEqual([
      ['high-availability.type', 'NONE'],
      ['__proto__', 'x'],
    ]);
  });

  it('names the option that does not fit by its place', () => {
    expect(() => parseJobManagerConfig([{ key: 'password', value: 5 }])).toThrow(
      '/jobmanager/config: [0].value: expected string, received number',
    );
  });
});

describe('parseJobMetrics', () => {
  it('reads the counters of 2.x', () => {
    const metrics = [
      { id: 'numRestarts', value: '3' },
      { id: 'numRescales', value: '1' },
    ];
    expect(parseJobMetrics(metrics)).toEqual({ numRestarts: 3, numRescales: 1 });
  });

  it('knows nothing from the first, empty answer', () => {
    expect(parseJobMetrics([])).toEqual({});
  });

  it.each(['NaN', 'n/a', '-1', '', '1e3', '99999999999999999999', null])('takes %j for not known', (value) => {
    expect(parseJobMetrics([{ id: 'numRestarts', value }])).toEqual({});
  });
});
