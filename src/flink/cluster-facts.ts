/** What a cluster says of itself, read off its own configuration: pure, used by the observer and the restart bridge. */

import type { ClusterMode } from '../core/cluster-status.ts';

/** Flink's default `cluster.id`, the same for everybody (`ClusterOptions.java`). */
const DEFAULT_CLUSTER_ID = '0'.repeat(32);

/** @param webSubmit whether jar handlers are installed (`GET /config`) */
export function modeOf(webSubmit: boolean, config: ReadonlyMap<string, string>): ClusterMode {
  if (webSubmit) return 'session';
  return config.get('execution.target') === 'embedded' || config.has('$internal.application.main') ? 'application' : '';
}

/**
 * The folder below the archive directory that the cluster's archives lie in: null before 2.3 (flat layout), undefined
 * where it cannot be told.
 */
export function clusterFolderOf(
  version: string,
  mode: ClusterMode,
  config: ReadonlyMap<string, string>,
): string | null | undefined {
  if (!hasClusterFolders(version)) return null;
  const configured = config.get('cluster.id');
  if (configured !== undefined) return configured;
  // In application mode Flink makes the id of high-availability.cluster-id, by a hash that is its own affair.
  return mode === 'application' && config.has('high-availability.cluster-id') ? undefined : DEFAULT_CLUSTER_ID;
}

export function isHighlyAvailable(config: ReadonlyMap<string, string>): boolean {
  const type = config.get('high-availability.type') ?? config.get('high-availability') ?? 'NONE';
  return type.toUpperCase() !== 'NONE';
}

function hasClusterFolders(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > 2 || (major === 2 && minor >= 3);
}
