/**
 * flink-medic as its users run it: the built program as a process of its own, with a configuration file, asked over HTTP.
 * Lives in a sandbox, which ends it and removes its folder whichever way the demo dies. Called by `main.ts`.
 */

import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RunResource } from '../../src/http/resources.ts';
import type { Process } from '../../test/real-flink/process.ts';
import type { Sandbox } from '../../test/real-flink/sandbox.ts';
import { until } from '../../test/real-flink/until.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/main.js');
const HOST = '127.0.0.1';
const DEFAULT_PORT = 10_082;
const REQUEST_MS = 10_000;

/** The cluster's name in the configuration and in every label. */
export const CLUSTER = 'demo';

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
export async function startMedic(sandbox: Sandbox, jobManagerUrl: string): Promise<Medic> {
  if (!existsSync(PROGRAM))
    throw new Error('flink-medic is not built. "npm run demo" builds it; so does "npm run build".');
  const configFile = join(sandbox.directory, 'flink-medic.yml');
  writeFileSync(configFile, configuration(jobManagerUrl));
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
function configuration(jobManagerUrl: string): string {
  return `# Written by npm run demo.
observe: {interval: 1s}
archives: {scan_interval: 5s}
clusters:
  - name: ${CLUSTER}
    jobmanagers: [${JSON.stringify(jobManagerUrl)}]
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
