/** A ZooKeeper of one server, from flink-dist, for HA clusters. Called by tests; the caller must `stop()` it. */

import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { FlinkHome } from './home.ts';
import { javaCommand } from './java.ts';
import { freePorts } from './ports.ts';
import type { Process } from './process.ts';
import { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

export interface ZooKeeper {
  /** `host:port`, for `ClusterOptions.zooKeeper`. */
  readonly quorum: string;
  readonly process: Process;
  readonly logs: (lines?: number) => string;
  readonly stop: () => Promise<void>;
}

const MAIN = 'org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer';

/** Returns when it accepts connections. Throws with its log when it does not. */
export async function startZooKeeper(flink: FlinkHome): Promise<ZooKeeper> {
  const nextPort = await freePorts(3);
  const port = nextPort();
  const sandbox = new Sandbox('zookeeper');
  const directory = sandbox.folder('zookeeper');
  const file = join(directory, 'zoo.cfg');
  writeFileSync(
    file,
    [
      'tickTime=1000',
      `dataDir=${sandbox.folder('data')}`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      `server.1=127.0.0.1:${nextPort()}:${nextPort()}`,
      '',
    ].join('\n'),
  );
  const args = ['--zkConfigFile', file, '--peerId', '1'];
  const process = sandbox.run('zookeeper', javaCommand(flink, { mainClass: MAIN, args, jvm: ['-Xmx256m'], directory }));
  try {
    await until('ZooKeeper', () => {
      process.mustRun();
      return accepts(port);
    });
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return {
    quorum: `127.0.0.1:${port}`,
    process,
    logs: (lines) => sandbox.logs(lines),
    stop: () => sandbox.stop(),
  };
}

async function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const answer = await promise;
  socket.destroy();
  return answer;
}
