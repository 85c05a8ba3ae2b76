/**
 * What is allowed but hardly meant in the configuration of restarts, for people. Reads nothing but whether jars are
 * there. Called by `check-config`.
 */

import { access, constants } from 'node:fs/promises';

import { boundLabel } from '../core/label-value.ts';
import type { RestartPolicy } from '../core/restart/policy.ts';
import type { ClusterConfig, Config } from './config.ts';
import { isIdle } from './idle-policy.ts';

/** One line each; empty when restarts are switched off. */
export async function restartWarnings(config: Config): Promise<readonly string[]> {
  const { restart, clusters } = config;
  if (restart.mode === 'off') return [];
  const idle = restart.policies.filter((policy) => isIdle(policy, clusters));
  return [
    ...nobodyAsks(config),
    ...idle.map(({ name }) => `policy ${name} fits no cluster that is configured now and has jobmanagers`),
    ...clusters.flatMap((cluster) => oneJarForSeveral(restart.policies, cluster)),
    ...(await Promise.all(restart.policies.map(jarMissing))).flat(),
  ];
}

function nobodyAsks({ restart: { policies }, webhook }: Config): readonly string[] {
  const { basicAuth, authorization, clientAllowedSans } = webhook;
  const isOpen = basicAuth !== undefined || authorization !== undefined || clientAllowedSans.length > 0;
  const isAsked = ({ triggers }: RestartPolicy): boolean => triggers.watchdog || (isOpen && triggers.alerts.length > 0);
  if (policies.length === 0 || policies.some(isAsked)) return [];
  return [
    'only people can ask for a restart: webhook lets nobody in, or no policy lists an alert; none has a watchdog',
  ];
}

/** A policy has one jar and one list of arguments, so a second job would come back as a copy of the first. */
function oneJarForSeveral(policies: readonly RestartPolicy[], cluster: ClusterConfig): readonly string[] {
  const usable = policies.filter(({ match }) => match.cluster.matches(cluster.name));
  const jobsOf = Map.groupBy(cluster.expectedJobs, (job) =>
    usable.find(({ match }) => match.jobName.matches(boundLabel(job))),
  );
  return [...jobsOf].flatMap(([policy, [first, second]]) =>
    policy === undefined || second === undefined
      ? []
      : [
          `policy ${policy.name} fits several expected jobs of ${cluster.name}, such as ${first} and ${second}: ` +
            'each would be started with the same jar and arguments',
        ],
  );
}

async function jarMissing({ name, driver: { jar } }: RestartPolicy): Promise<readonly string[]> {
  if (!('file' in jar)) return [];
  return access(jar.file, constants.R_OK).then(
    () => [],
    () => [`policy ${name}: the jar ${jar.file} cannot be read now`],
  );
}
