/**
 * Reads the configuration file and the files of clusters that it names into one {@link Config}. Keeps nothing; each file
 * is limited to 1 MiB. Called at the start, by every reload and by `check-config`.
 */

import { dirname, isAbsolute, join, resolve } from 'node:path';

import { z } from 'zod';

import { MedicError, messageOf } from '../core/errors.ts';
import { type ClusterInput, clusterListSchema, clusterMapSchema } from './cluster-schema.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { FilePattern } from './file-pattern.ts';
import { isIdle } from './idle-policy.ts';
import { mergeClusters, type PlacedCluster } from './merge-clusters.ts';
import { readLimited } from './read-limited.ts';
import { resolveCluster, resolveSettings } from './resolve-config.ts';
import { type ConfigInput, configSchema } from './schema.ts';
import { parseYaml, readYaml, type YamlDocument } from './yaml-document.ts';
import type { Path } from './yaml-values.ts';

const MAX_BYTES = 1024 * 1024;

export interface LoadedConfig {
  readonly config: Config;
  /** The files that it was read from, and those that would count if they were there; for a watcher. */
  readonly sources: readonly FilePattern[];
}

/**
 * @param file path of the configuration file; without one a cluster `default` at http://localhost:8081 is observed
 * @throws MedicError `config`, with one line for everything that is wrong in any of the files
 */
export async function loadConfig(file: string | undefined, env: Environment): Promise<LoadedConfig> {
  if (file === undefined) return { config: defaultConfig(), sources: [] };
  const main = readYaml(await readMainText(file), file, configSchema, env);
  const patterns = (main.value.cluster_files ?? []).map((path) => new FilePattern(besides(file, path)));
  const others = await readClusterFiles(file, main, patterns, env);
  const { clusters, problems } = mergeClusters([
    ...place(main.value.clusters ?? [], main, ['clusters'], file),
    ...others.clusters,
  ]);
  const config = { ...resolveSettings(main.value, resolve(dirname(file))), clusters };
  const all = [...others.problems, ...problems, ...idlePolicies(config, main)];
  if (all.length > 0) throw new MedicError('config', all.join('\n'));
  return { config, sources: [new FilePattern(file), ...patterns] };
}

/** One line for each policy that could never act. A cluster that comes later in a file of clusters could change that. */
function idlePolicies({ restart, clusters }: Config, main: YamlDocument<ConfigInput>): readonly string[] {
  if (main.value.cluster_files !== undefined) return [];
  return restart.policies.flatMap((policy, index) => {
    if (!isIdle(policy, clusters)) return [];
    const path = ['restart', 'policies', index, 'match', 'flink_cluster'];
    return [main.message(path, 'fits no cluster under clusters that has jobmanagers')];
  });
}

function defaultConfig(): Config {
  const cluster = clusterListSchema.parse([{ name: 'default', jobmanagers: ['http://localhost:8081'] }]);
  const settings = resolveSettings(configSchema.parse({ clusters: [] }), '.');
  return { ...settings, clusters: cluster.map((input) => resolveCluster(input, '.')) };
}

/** Relative paths are relative to the folder of the file that they stand in. */
function besides(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

interface ClustersOfFiles {
  readonly clusters: readonly PlacedCluster[];
  /** One line for everything that is wrong. */
  readonly problems: readonly string[];
}

async function readClusterFiles(
  mainFile: string,
  main: YamlDocument<ConfigInput>,
  patterns: readonly FilePattern[],
  env: Environment,
): Promise<ClustersOfFiles> {
  const clusters: PlacedCluster[] = [];
  const problems: string[] = [];
  // A file that several patterns match is read once, and `*.yml` beside the configuration file does not mean that one.
  const seen = new Set([resolve(mainFile)]);
  for (const [index, pattern] of patterns.entries()) {
    const report = (error: unknown): void => {
      const known = error instanceof MedicError;
      problems.push(known ? error.message : main.message(['cluster_files', index], messageOf(error)));
    };
    const files = await pattern.files().catch((error: unknown) => {
      report(error);
      return [];
    });
    for (const file of files) {
      if (seen.has(resolve(file))) continue;
      seen.add(resolve(file));
      await readClusterFile(file, env).then((read) => clusters.push(...read), report);
    }
  }
  return { clusters, problems };
}

async function readClusterFile(file: string, env: Environment): Promise<PlacedCluster[]> {
  const text = await readText(file);
  // Which of the two forms it has decides which schema can say what is wrong.
  if (Array.isArray(parseYaml(text, file, z.unknown(), env))) {
    const list = readYaml(text, file, clusterListSchema, env);
    return place(list.value, list, [], file);
  }
  const map = readYaml(text, file, clusterMapSchema, env);
  return place(map.value.clusters, map, ['clusters'], file);
}

function place(
  inputs: readonly ClusterInput[],
  document: YamlDocument<unknown>,
  path: Path,
  file: string,
): PlacedCluster[] {
  const folder = resolve(dirname(file));
  return inputs.map((input, index) => ({ cluster: resolveCluster(input, folder), document, path: [...path, index] }));
}

async function readMainText(file: string): Promise<string> {
  try {
    return await readText(file);
  } catch (error) {
    throw new MedicError('config', messageOf(error), { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readLimited(file, MAX_BYTES));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8 text' : messageOf(error);
    throw new Error(`cannot read ${file}: ${reason}`, { cause: error });
  }
}
