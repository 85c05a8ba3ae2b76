import { describe, expect, it } from 'vitest';
import { parseCheckpointConfig } from '../../../src/flink/documents/checkpoint-config.ts';

const config = {
  mode: 'exactly_once',
  interval: 10_000,
  timeout: 600_000,
  externalization: { enabled: true, delete_on_cancellation: false },
  state_backend: 'Unknown',
};

describe('parseCheckpointConfig', () => {
  it('reads interval, timeout and retention', () => {
    expect(parseCheckpointConfig(config)).toEqual({
      intervalMs: 10_000,
      timeoutMs: 600_000,
      retained: true,
      deletedOnCancellation: false,
    });
  });

  it('knows that checkpoints are deleted with the job by default', () => {
    const externalization = { enabled: false, delete_on_cancellation: true };
    expect(parseCheckpointConfig({ ...config, externalization })).toMatchObject({
      retained: false,
      deletedOnCancellation: true,
    });
  });

  it('has no interval when periodic checkpoints are off', () => {
    const text = JSON.stringify(config).replace('10000', '9223372036854775807');
    expect(text).toContain('"interval":9223372036854775807');
    expect(parseCheckpointConfig(JSON.parse(text))).not.toHaveProperty('intervalMs');
  });

  it('knows the body that says that checkpoints are off', () => {
    expect(parseCheckpointConfig({ errors: ['Checkpointing has not been enabled.'] })).toBeUndefined();
  });

  it.each([
    [{ interval: '10s' }, 'interval: expected number, received string'],
    [{ interval: 0.5 }, 'interval: expected an integer'],
    [{ externalization: null }, 'externalization: expected object, received null'],
  ])('refuses %j', (change, problem) => {
    const message = `/jobs/:jobid/checkpoints/config: ${problem}`;
    expect(() => parseCheckpointConfig({ ...config, ...change })).toThrow(
      expect.objectContaining({ code: 'schema', message }),
    );
  });
});
