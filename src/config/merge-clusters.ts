/** Puts the clusters of all files together and refuses what two of them claim; called by `load-config.ts`. */

import { isDeepStrictEqual } from 'node:util';

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
  /** One line for each name and each address that is not unique, and each History Server that is reached in two ways. */
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
  const claim = (owners: Map<string, string>, value: string, by: PlacedCluster, key: Path, what: string): void => {
    const at = [...by.path, ...key];
    const owner = owners.get(value);
    if (owner === undefined) owners.set(value, by.document.position(at));
    else problems.push(by.document.message(at, `${what} at ${owner}`));
  };
  const historyServers = new Map<string, PlacedCluster>();
  for (const item of placed) {
    claim(names, item.cluster.name, item, ['name'], 'is already the name of the cluster');
    for (const [index, address] of item.cluster.jobManagers.entries()) {
      claim(addresses, address, item, ['jobmanagers', index], 'already belongs to the cluster');
    }
    const { historyServer, http } = item.cluster;
    if (historyServer === undefined) continue;
    const first = historyServers.get(historyServer) ?? item;
    historyServers.set(historyServer, first);
    if (isDeepStrictEqual(first.cluster.http, http)) continue;
    const other = first.document.position([...first.path, 'history_server']);
    problems.push(
      item.document.message([...item.path, 'history_server'], `needs the same http as the cluster at ${other}`),
    );
  }
  return { clusters: placed.map(({ cluster }) => cluster), problems };
}
