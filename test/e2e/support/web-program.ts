/** Starts a program of the Prometheus family (they share flags and `/-/ready`) in a sandbox, on a free port of loopback. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../../real-flink/ports.ts';
import type { Process } from '../../real-flink/process.ts';
import { Sandbox } from '../../real-flink/sandbox.ts';
import { until } from '../../real-flink/until.ts';

export interface WebProgram {
  /** `host:port` */
  readonly address: string;
  readonly process: Process;
  stop(): Promise<void>;
}

export interface WebProgramOptions {
  readonly name: string;
  readonly program: string;
  /** Names and texts of what is in its working directory. */
  readonly files: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

/** @returns when it is ready. Throws with its log when it ends before. */
export async function startWebProgram({ name, program, files, flags }: WebProgramOptions): Promise<WebProgram> {
  const address = `127.0.0.1:${String((await freePorts(1))())}`;
  const sandbox = new Sandbox(name);
  try {
    const directory = sandbox.folder(name);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
    const args = [...flags, `--web.listen-address=${address}`, '--log.level=debug'];
    const process = sandbox.run(name, { program, args, directory });
    await until(`ready ${name}`, () => {
      process.mustRun();
      return isReady(address);
    });
    return { address, process, stop: () => sandbox.stop() };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

async function isReady(address: string): Promise<boolean> {
  const status = await request(`http://${address}/-/ready`).then(
    async ({ statusCode, body }) => (await body.dump(), statusCode),
    () => 0,
  );
  return status === 200;
}
