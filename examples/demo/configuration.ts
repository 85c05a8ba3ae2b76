/**
 * flink-medic's configuration for one cluster that people watch: short intervals, because nobody wants to wait in a demo.
 * Pure; called by the demo and the stack.
 */

import { stringify } from 'yaml';
import type { JobProgram } from './flink.ts';

/** The cluster's name in the configuration and in every label. */
export const CLUSTER = 'demo';

/** Beside the configuration: who has it may deliver alerts and give orders. */
export const TOKEN_FILE = 'token';

/** A job that flink-medic brings back when Alertmanager asks for it. */
export interface RestartPolicy {
  readonly name: string;
  readonly program: JobProgram;
  /** Restarts in an hour; the default when left out. */
  readonly attempts?: number;
}

export interface Watched {
  readonly jobManagerUrl: string;
  /** Names of jobs that should always run. */
  readonly expectedJobs?: readonly string[];
  readonly policies?: readonly RestartPolicy[];
}

/** The archive folder is left out: flink-medic finds it in the JobManager's own configuration. */
export function configurationOf({ jobManagerUrl, expectedJobs, policies = [] }: Watched): string {
  return stringify({
    observe: { interval: '1s' },
    archives: { scan_interval: '5s' },
    clusters: [{ name: CLUSTER, jobmanagers: [jobManagerUrl], expected_jobs: expectedJobs }],
    ...(policies.length > 0 && {
      webhook: { authorization: { credentials_file: TOKEN_FILE } },
      api: { authorization: { credentials_file: TOKEN_FILE } },
      restart: { mode: 'on', policies: policies.map(policyOf) },
    }),
  });
}

function policyOf({ name, program: { jar, args }, attempts }: RestartPolicy): object {
  return {
    name,
    match: { flink_cluster: CLUSTER, job_name: name },
    driver: { flink_rest: { jar, args } },
    budget: attempts === undefined ? undefined : { attempts },
    confirm: { running_for: '5s' },
  };
}
