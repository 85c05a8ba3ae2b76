import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type LoadedConfig, loadConfig } from '../../src/config/load-config.ts';
import { ConfigReloader } from '../../src/config/reload.ts';
import { folderWith } from './support/folder.ts';

/** Configurations that differ in one figure. */
async function configured(maxJobs: number): Promise<LoadedConfig> {
  const loaded = await loadConfig(undefined, {});
  return { ...loaded, config: { ...loaded.config, observe: { ...loaded.config.observe, maxJobs } } };
}

describe('ConfigReloader', () => {
  it('swaps a good file in and leaves a bad one out', async () => {
    const file = join(await folderWith({ 'medic.yml': 'observe: {max_jobs: 1}\nclusters: []' }), 'medic.yml');
    const load = () => loadConfig(file, {});
    let now = 1_000;
    const reloader = new ConfigReloader(await load(), { load, now: () => now });
    expect(reloader.current.config.observe.maxJobs).toBe(1);
    expect(reloader.outcome).toEqual({ successful: true, lastSuccessAt: 1_000 });

    now = 2_000;
    await writeFile(file, 'observe: {max_jobs: 2}\nclusters: []');
    await reloader.reload();
    expect(reloader.current.config.observe.maxJobs).toBe(2);
    expect(reloader.outcome).toEqual({ successful: true, lastSuccessAt: 2_000 });

    now = 3_000;
    await writeFile(file, 'observe: {max_jobs: none}\nclusters: []');
    await expect(reloader.reload()).rejects.toMatchObject({ code: 'config' });
    expect(reloader.current.config.observe.maxJobs).toBe(2);
    expect(reloader.outcome).toEqual({ successful: false, lastSuccessAt: 2_000 });

    now = 4_000;
    await writeFile(file, 'observe: {max_jobs: 4}\nclusters: []');
    await reloader.reload();
    expect(reloader.current.config.observe.maxJobs).toBe(4);
    expect(reloader.outcome).toEqual({ successful: true, lastSuccessAt: 4_000 });
  });

  it('tells listeners both configurations, waits for them, and forgets those that left', async () => {
    let next = 1;
    const reloader = new ConfigReloader(await configured(0), { load: () => configured(next++), now: () => 0 });
    const heard: string[] = [];
    const leave = reloader.onReload(async (config, previous) => {
      await Promise.resolve();
      heard.push(`a ${previous.observe.maxJobs} → ${config.observe.maxJobs}`);
    });
    reloader.onReload((config) => void heard.push(`b ${config.observe.maxJobs}`));
    await reloader.reload();
    leave();
    await reloader.reload();
    expect(heard).toEqual(['a 0 → 1', 'b 1', 'b 2']);
  });

  it('says that a reload failed when a listener fails', async () => {
    const reloader = new ConfigReloader(await configured(0), { load: () => configured(1), now: () => 0 });
    reloader.onReload(() => Promise.reject(new Error('cannot apply')));
    await expect(reloader.reload()).rejects.toThrow('cannot apply');
    expect(reloader.outcome.successful).toBe(false);
  });

  it('runs one reload at a time and gives all that wait the same next one', async () => {
    const loads: PromiseWithResolvers<LoadedConfig>[] = [];
    const reloader = new ConfigReloader(await configured(0), {
      load: () => {
        const load = Promise.withResolvers<LoadedConfig>();
        loads.push(load);
        return load.promise;
      },
      now: () => 0,
    });
    const first = reloader.reload();
    await Promise.resolve();
    expect(loads).toHaveLength(1);
    const second = reloader.reload();
    expect(reloader.reload()).toBe(second);
    await Promise.resolve();
    expect(loads).toHaveLength(1);

    loads[0]?.reject(new Error('bad'));
    await expect(first).rejects.toThrow('bad');
    expect(loads).toHaveLength(2);
    loads[1]?.resolve(await configured(2));
    await second;
    expect(reloader.current.config.observe.maxJobs).toBe(2);
  });
});
