/** Flink's own HistoryServer over one or more archive folders. Called by tests; the caller must `stop()` it. */

import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { FlinkHome } from './home.ts';
import { javaCommand, writeConfig } from './java.ts';
import { freePorts } from './ports.ts';
import type { Process } from './process.ts';
import { FlinkRest } from './rest.ts';
import { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

export interface HistoryServer {
  readonly url: string;
  readonly rest: FlinkRest;
  readonly process: Process;
  readonly logs: (lines?: number) => string;
  readonly stop: () => Promise<void>;
}

const MAIN = 'org.apache.flink.runtime.webmonitor.history.HistoryServer';

/**
 * Returns when it answers; it reads the folders every second. Throws with its log when it does not come up.
 *
 * @param jvm memory, and whatever else its JVM is to have
 */
export async function startHistoryServer(
  flink: FlinkHome,
  archiveDirs: readonly string[],
  jvm: readonly string[] = ['-Xmx512m'],
): Promise<HistoryServer> {
  const port = (await freePorts(1))();
  const sandbox = new Sandbox('history');
  const directory = sandbox.folder('history-server');
  writeConfig(flink, directory, {
    'historyserver.archive.fs.dir': archiveDirs.map((folder) => pathToFileURL(folder).href).join(','),
    'historyserver.archive.fs.refresh-interval': 1000,
    'historyserver.web.address': '127.0.0.1',
    'historyserver.web.port': port,
    'historyserver.web.tmpdir': sandbox.folder('web'),
  });
  const args = ['--configDir', directory];
  const process = sandbox.run('history-server', javaCommand(flink, { mainClass: MAIN, args, jvm, directory }));
  const url = `http://127.0.0.1:${port}`;
  const rest = new FlinkRest(url);
  try {
    await until('HistoryServer', () => {
      process.mustRun();
      return rest.tryGet('/config', z.unknown());
    });
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return { url, rest, process, logs: (lines) => sandbox.logs(lines), stop: () => sandbox.stop() };
}
