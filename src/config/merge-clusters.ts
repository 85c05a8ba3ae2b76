/** Puts the clusters of all files together and refuses what two of them claim; called by `load-config.ts`. */

import type { ClusterConfig } from './config.ts';
import type { YamlDocument } from './yaml-document.ts';
import type { Path } from './yaml-values.ts';

/** A cluster and where it stands. */
export interface PlacedCluster {
  readonly cluster: ClusterConfig;
  readonly document: YamlDocument<unknown>;
  readonly path: Path;
}

export interface MergedClusters {
  readonly clusters: readonly ClusterConfig[];
  /** One line for each name and each address that is not unique. */
  readonly problems: readonly string[];
}

/**
 * Names are unique because they are labels, and addresses because a job that is seen under two names would be counted
 * twice.
 */
export function mergeClusters(placed: readonly PlacedCluster[]): MergedClusters {
  const problems: string[] = [];
  const names = new Map<string, string>();
  const addresses = new Map<string, string>();
  for (const { cluster, document, path } of placed) {
    claim(names, cluster.name, [...path, 'name'], 'is already the name of the cluster');
    for (const [index, address] of cluster.jobManagers.entries()) {
      claim(addresses, address, [...path, 'jobmanagers', index], 'already belongs to the cluster');
    }

    function claim(owners: Map<string, string>, value: string, at: Path, what: string): void {
      const owner = owners.get(value);
      if (owner === undefined) owners.set(value, document.position(at));
      else problems.push(document.message(at, `${what} at ${owner}`));
    }
  }
  return { clusters: placed.map(({ cluster }) => cluster), problems };
}
