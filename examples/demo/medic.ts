/**
 * flink-medic as its users run it: the built program as a process of its own, with a configuration file, asked over HTTP.
 * Lives in a sandbox, which ends it and removes its folder whichever way the demo dies. Called by `main.ts`.
 */

import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { IncidentResource, IncidentStoryResource } from '../../src/http/incident-resources.ts';
import type { ExplainedRunResource, RunResource } from '../../src/http/resources.ts';
import type { Process } from '../../test/real-flink/process.ts';
import type { Sandbox } from '../../test/real-flink/sandbox.ts';
import { until } from '../../test/real-flink/until.ts';
import { type JobProgram, JOBS } from './flink.ts';

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../../dist/main.js');
const HOST = '127.0.0.1';
const DEFAULT_PORT = 10_082;
const REQUEST_MS = 10_000;

/** The cluster's name in the configuration and in every label. */
export const CLUSTER = 'demo';

const TOKEN_FILE = 'webhook-token';

/** What flink-medic needs to bring the failing job back. */
export interface Repair {
  /** Of its webhook. */
  readonly token: string;
  readonly program: JobProgram;
}

export class Medic {
  readonly url: string;
  readonly #process: Process;

  /** Use `startMedic`. */
  constructor(url: string, process: Process) {
    this.url = url;
    this.#process = process;
  }

  /** `GET /api/v1/jobs`, by name. */
  async jobs(): Promise<RunResource[]> {
    const { jobs } = JSON.parse(await this.#get('/api/v1/jobs')) as { jobs: RunResource[] };
    return jobs.toSorted((a, b) => a.job_name.localeCompare(b.job_name));
  }

  /** `GET /api/v1/explain/demo/JOB_ID` */
  async explain(jobId: string): Promise<ExplainedRunResource | undefined> {
    const { runs } = JSON.parse(await this.#get(`/api/v1/explain/${CLUSTER}/${jobId}`)) as {
      runs: ExplainedRunResource[];
    };
    return runs[0];
  }

  /** `GET /api/v1/incidents` */
  async incidents(): Promise<readonly IncidentResource[]> {
    return (JSON.parse(await this.#get('/api/v1/incidents')) as { incidents: IncidentResource[] }).incidents;
  }

  /** `GET /api/v1/incidents/ID` */
  async incident(id: number): Promise<IncidentStoryResource> {
    return (JSON.parse(await this.#get(`/api/v1/incidents/${id}`)) as { incident: IncidentStoryResource }).incident;
  }

  /** `GET /metrics` */
  metrics(): Promise<string> {
    return this.#get('/metrics');
  }

  /** Ends it in order; what does not end by itself is killed. */
  stop(): Promise<void> {
    return this.#process.kill('SIGTERM');
  }

  async #get(path: string): Promise<string> {
    this.#process.mustRun();
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(REQUEST_MS) });
    const body = await response.text();
    if (!response.ok) throw new Error(`flink-medic answered ${path} with ${response.status}: ${body}`);
    return body;
  }
}

/**
 * On the default port where that is free. Short intervals, because nobody wants to wait in a demo.
 *
 * @throws with what it wrote when it does not start
 */
export async function startMedic(sandbox: Sandbox, jobManagerUrl: string, repair?: Repair): Promise<Medic> {
  if (!existsSync(PROGRAM))
    throw new Error('flink-medic is not built. "npm run demo" builds it; so does "npm run build".');
  const configFile = join(sandbox.directory, 'flink-medic.yml');
  writeFileSync(configFile, configuration(jobManagerUrl, repair));
  if (repair !== undefined) writeFileSync(join(sandbox.directory, TOKEN_FILE), repair.token, { mode: 0o600 });
  const program = sandbox.run('flink-medic', {
    program: process.execPath,
    args: [
      PROGRAM,
      'serve',
      `--config.file=${configFile}`,
      `--storage.path=${sandbox.folder('data')}`,
      `--web.listen-address=${HOST}:${(await isFree(DEFAULT_PORT)) ? DEFAULT_PORT : 0}`,
    ],
    directory: sandbox.directory,
  });
  const address = await until('flink-medic that listens', () => {
    program.mustRun();
    return /address=(\S+) msg=listening/.exec(program.log())?.[1];
  });
  return new Medic(`http://${address}`, program);
}

/** The archive folder is left out: flink-medic finds it in the JobManager's own configuration. */
function configuration(jobManagerUrl: string, repair: Repair | undefined): string {
  const clusters = `# Written by npm run demo.
observe: {interval: 1s}
archives: {scan_interval: 5s}
clusters:
  - name: ${CLUSTER}
    jobmanagers: [${JSON.stringify(jobManagerUrl)}]
`;
  return repair === undefined ? clusters : `${clusters}${restarts(repair.program)}`;
}

/** JSON texts are YAML. */
function restarts({ jar, args }: JobProgram): string {
  return `webhook:
  authorization: {credentials_file: ${TOKEN_FILE}}
restart:
  mode: on
  policies:
    - name: ${JOBS.fails}
      match: {flink_cluster: ${CLUSTER}, job_name: ${JOBS.fails}}
      confirm: {running_for: 5s}
      driver:
        flink_rest: {jar: ${JSON.stringify(jar)}, args: ${JSON.stringify(args)}}
`;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
