/**
 * flink-medic as its users run it: the built program as a process of its own, with a configuration file, asked over HTTP.
 * Lives in a sandbox, which ends it and removes its folder whichever way the demo dies. Called by the demo and the stack.
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
import { CLUSTER, TOKEN_FILE } from './configuration.ts';

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../../dist/main.js');
const HOST = '127.0.0.1';
const DEFAULT_PORT = 10_082;
const REQUEST_MS = 10_000;

export interface Setup {
  /** Its configuration file. */
  readonly configuration: string;
  /** What the token file of the configuration holds. */
  readonly token: string;
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
 * On the default port where that is free.
 *
 * @throws with what it wrote when it does not start
 */
export async function startMedic(sandbox: Sandbox, { configuration, token }: Setup): Promise<Medic> {
  if (!existsSync(PROGRAM))
    throw new Error('flink-medic is not built. "npm run demo" and "npm run stack" build it; so does "npm run build".');
  const configFile = join(sandbox.directory, 'flink-medic.yml');
  writeFileSync(configFile, configuration);
  writeFileSync(join(sandbox.directory, TOKEN_FILE), token, { mode: 0o600 });
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
