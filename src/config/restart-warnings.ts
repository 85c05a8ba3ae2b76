/**
 * What is allowed but hardly meant in the configuration of restarts, for people. Reads nothing but whether jars and
 * secrets are there. Called by `check-config`.
 */

import { access, constants } from 'node:fs/promises';

import { messageOf } from '../core/errors.ts';
import { boundLabel } from '../core/label-value.ts';
import type { RestartPolicy } from '../core/restart/policy.ts';
import type { ClusterConfig, Config, Secret } from './config.ts';
import { readSecret } from './http-access.ts';
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
    ...(await unreadableSecrets(config)),
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

/** They are read at each use: whoever calls, or is called, meets the failure then. */
async function unreadableSecrets({ webhook, api, notify }: Config): Promise<readonly string[]> {
  const sections = [
    { section: 'webhook', login: webhook },
    { section: 'api', login: api },
    ...notify.map(({ http }, index) => ({ section: `notify[${String(index)}]`, login: http })),
  ];
  const warnings = sections.flatMap(({ section, login: { basicAuth, authorization } }) =>
    [basicAuth?.password, authorization?.credentials].map((secret) => unreadable(section, secret)),
  );
  return (await Promise.all(warnings)).flat();
}

async function unreadable(section: string, secret: Secret | undefined): Promise<readonly string[]> {
  if (secret === undefined) return [];
  return readSecret(secret).then(
    () => [],
    (error: unknown) => [`${section}: ${messageOf(error)}`],
  );
}

async function jarMissing({ name, driver: { jar } }: RestartPolicy): Promise<readonly string[]> {
  if (!('file' in jar)) return [];
  return access(jar.file, constants.R_OK).then(
    () => [],
    () => [`policy ${name}: the jar ${jar.file} cannot be read now`],
  );
}
