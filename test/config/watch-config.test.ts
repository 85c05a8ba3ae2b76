import { watch } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigReloader } from '../../src/config/reload.ts';
import { ConfigWatcher } from '../../src/config/watch-config.ts';
import { folderWith } from './support/folder.ts';

/** A watcher of a configuration file whose timer the test turns. */
async function watched(file: string) {
  const load = () => loadConfig(file, {});
  const reloader = new ConfigReloader(await load(), { load, now: () => 0 });
  const errors: unknown[] = [];
  let reload: Promise<void> = Promise.resolve();
  let task: (() => void) | undefined;
  let scheduled = Promise.withResolvers<void>();

  const watcher = new ConfigWatcher({
    reloader: {
      get current() {
        return reloader.current;
      },
      reload: () => (reload = reloader.reload()),
      onReload: (listener) => reloader.onReload(listener),
    },
    schedule: (next, delayMs) => {
      expect(task).toBeUndefined();
      expect(delayMs).toBe(1_000);
      task = next;
      scheduled.resolve();
      return () => {
        task = undefined;
      };
    },
    onError: (error) => errors.push(error),
  });
  watcher.start();
  onTestFinished(() => watcher.stop());

  /** Waits until a change was seen, lets the delay pass, and waits for the reload. */
  async function elapse(): Promise<void> {
    await scheduled.promise;
    scheduled = Promise.withResolvers();
    const run = task;
    task = undefined;
    run?.();
    await reload.catch(() => undefined);
  }

  const names = () => reloader.current.config.clusters.map(({ name }) => name).join();
  return {
    watcher,
    reloader,
    errors,
    names,
    pending: () => task !== undefined,
    elapse,
    /** One change of a file can be several events, so reloads until these clusters are there; else the test times out. */
    until: async (expected: string) => {
      while (names() !== expected) await elapse();
    },
  };
}

/** Resolves when the kernel has told of this name in the folder, to this watcher and to all others. */
function change(folder: string, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, (_event, changed) => {
    if (changed === name) resolve();
  });
  return promise.finally(() => watcher.close());
}

const cluster = (name: string) => `clusters: [{name: ${name}, archives: [/${name}]}]`;

describe('ConfigWatcher', () => {
  it('reloads when the file changes, again and again', async () => {
    const file = join(await folderWith({ 'medic.yml': cluster('a') }), 'medic.yml');
    const { until, names } = await watched(file);
    for (const name of ['b', 'c']) {
      await writeFile(file, cluster(name));
      await until(name);
    }
    expect(names()).toBe('c');
  });

  it('follows the swap of a mounted ConfigMap', async () => {
    const folder = await folderWith({ '..1/medic.yml': cluster('a'), '..2/medic.yml': cluster('b') });
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/medic.yml', join(folder, 'medic.yml'));
    const { elapse, names } = await watched(join(folder, 'medic.yml'));
    expect(names()).toBe('a');
    await symlink('..2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await rm(join(folder, '..1'), { recursive: true });
    await elapse();
    expect(names()).toBe('b');
  });

  it('sees files of clusters come, also in a folder that is yet to be made, and go', async () => {
    const folder = await folderWith({ 'medic.yml': 'cluster_files: [sub/clusters.d/*.yml]' });
    const file = join(folder, 'sub/clusters.d/a.yml');
    const { elapse, until, names } = await watched(join(folder, 'medic.yml'));
    await mkdir(join(folder, 'sub/clusters.d'), { recursive: true });
    await elapse();
    await writeFile(file, cluster('a'));
    await until('a');
    await rm(join(folder, 'sub'), { recursive: true });
    await until('');
    await mkdir(join(folder, 'sub/clusters.d'), { recursive: true });
    await elapse();
    await writeFile(file, cluster('b'));
    await until('b');
    expect(names()).toBe('b');
  });

  it('reports a bad file and takes the good one that follows', async () => {
    const file = join(await folderWith({ 'medic.yml': cluster('a') }), 'medic.yml');
    const { elapse, until, errors, names } = await watched(file);
    await writeFile(file, 'clusters: 3');
    await elapse();
    expect(errors).toMatchObject([{ code: 'config' }]);
    expect(names()).toBe('a');
    await writeFile(file, cluster('b'));
    await until('b');
    expect(names()).toBe('b');
  });

  it('does not care about other files in the folder', async () => {
    const folder = await folderWith({ 'medic.yml': cluster('a') });
    const { pending } = await watched(join(folder, 'medic.yml'));
    const seen = change(folder, 'data');
    await writeFile(join(folder, 'flink-medic.db'), 'x');
    await mkdir(join(folder, 'data'));
    await seen;
    expect(pending()).toBe(false);
  });

  it('starts and stops any number of times', async () => {
    const folder = await folderWith({ 'medic.yml': cluster('a') });
    const { watcher, reloader, pending } = await watched(join(folder, 'medic.yml'));
    watcher.start();
    watcher.stop();
    watcher.stop();
    await reloader.reload();
    const seen = change(folder, 'medic.yml');
    await writeFile(join(folder, 'medic.yml'), cluster('b'));
    await seen;
    expect(pending()).toBe(false);
  });
});
