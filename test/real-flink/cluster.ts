/**
 * Real Flink clusters: one or more JobManagers (session or application mode) and TaskManagers on loopback, in a folder of
 * their own. Bounded by the caller, who must `stop()` each cluster; if it cannot, the sandbox's watchdog does.
 * Called by tests, by `record.ts` and by the demo; so it knows nothing of vitest.
 */

import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { archiveOf } from './archives.ts';
import { BEHAVIOUR, TASKMANAGER_RESOURCES } from './config.ts';
import type { FlinkHome } from './home.ts';
import { type FlinkConfig, javaCommand, writeConfig } from './java.ts';
import { freePorts } from './ports.ts';
import type { Process } from './process.ts';
import { FlinkRest } from './rest.ts';
import { Sandbox } from './sandbox.ts';
import { until, type UntilOptions } from './until.ts';

export interface ClusterOptions {
  readonly flink: FlinkHome;
  /** More than one needs `zooKeeper`. */
  readonly jobManagers?: number;
  readonly taskManagers?: number;
  /** Task slots of each TaskManager; 8 unless told. */
  readonly slots?: number;
  /** `host:port` of a ZooKeeper: makes it an HA cluster. */
  readonly zooKeeper?: string;
  /** A folder that may be shared with other clusters; one inside `directory` unless told. */
  readonly archiveDir?: string;
  readonly checkpointDir?: string;
  /** Flink's `cluster.id`, 32 hexadecimal digits: the folder of the 2.3 archive layout. */
  readonly clusterId?: string;
  /** Runs this one job in application mode instead of a session. */
  readonly application?: Application;
  /** More Flink options; they win over everything generated. */
  readonly config?: FlinkConfig;
}

export interface Application {
  readonly jar: string;
  readonly entryClass: string;
  readonly args?: readonly string[];
  readonly jobId?: string;
}

export interface JobManager {
  readonly url: string;
  readonly rest: FlinkRest;
  readonly process: Process;
}

const SESSION = 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint';
const APPLICATION = 'org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint';
const TASKMANAGER = 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner';
const OVERVIEW = z.object({ taskmanagers: z.number() });

export class Cluster {
  readonly flink: FlinkHome;
  readonly directory: string;
  readonly archiveDir: string;
  readonly checkpointDir: string;
  readonly jobManagers: readonly [JobManager, ...JobManager[]];
  readonly taskManagers: readonly Process[];
  readonly #sandbox: Sandbox;

  /** Use `startCluster`. */
  constructor(sandbox: Sandbox, options: ClusterOptions, nextPort: () => number) {
    this.#sandbox = sandbox;
    this.flink = options.flink;
    this.directory = sandbox.directory;
    this.archiveDir = options.archiveDir ?? sandbox.folder('archive');
    this.checkpointDir = options.checkpointDir ?? sandbox.folder('checkpoints');
    const common = this.#commonConfig(options, nextPort());
    const startOne = (index: number) => this.#startJobManager(options, common, nextPort(), index);
    const standbys = (options.jobManagers ?? 1) - 1;
    this.jobManagers = [startOne(0), ...Array.from({ length: standbys }, (_, index) => startOne(index + 1))];
    this.taskManagers = Array.from({ length: options.taskManagers ?? 1 }, (_, index) =>
      this.#startTaskManager(options, common, index),
    );
  }

  /** The first JobManager that runs; when none does, the first. */
  get jobManager(): JobManager {
    const running = this.jobManagers.find(({ process }) => process.running);
    return running ?? this.jobManagers[0];
  }

  get rest(): FlinkRest {
    return this.jobManager.rest;
  }

  /** The JobManager that last became leader, as the logs say; REST does not tell. Undefined during an election. */
  leader(): JobManager | undefined {
    return this.jobManagers.find(({ process }) => {
      const log = process.logSinceStart();
      return process.running && log.lastIndexOf('granted leadership') > log.lastIndexOf('revoked leadership');
    });
  }

  /** Waits until a JobManager answers and sees all TaskManagers that run. Throws what a process wrote when it ended. */
  async ready(): Promise<void> {
    const wanted = this.taskManagers.length;
    await until(`cluster with ${wanted} TaskManagers`, async () => {
      for (const process of [...this.jobManagers.map((manager) => manager.process), ...this.taskManagers]) {
        process.mustRun();
      }
      const answers = await Promise.all(this.jobManagers.map(({ rest }) => rest.tryGet('/overview', OVERVIEW)));
      return answers.every((answer) => answer !== undefined && answer.taskmanagers >= wanted);
    });
  }

  /** Waits for the job's archive, which appears after the job's end was listed: a kill in between loses it. @returns its path */
  async untilArchived(jobId: string, options?: UntilOptions): Promise<string> {
    return until(`archive of ${jobId}`, () => archiveOf(this.archiveDir, jobId), options);
  }

  /** The last lines of every process. */
  logs(lines?: number): string {
    return this.#sandbox.logs(lines);
  }

  /** Kills all processes and removes the folder (and so the archives, unless `archiveDir` was given). */
  async stop(): Promise<void> {
    await this.#sandbox.stop();
  }

  #commonConfig(options: ClusterOptions, rpcPort: number): FlinkConfig {
    return {
      ...BEHAVIOUR,
      'jobmanager.rpc.address': 'localhost',
      'jobmanager.rpc.port': rpcPort,
      'jobmanager.bind-host': '127.0.0.1',
      'jobmanager.archive.fs.dir': pathToFileURL(this.archiveDir).href,
      'state.checkpoints.dir': pathToFileURL(this.checkpointDir).href,
      ...(options.clusterId !== undefined && { 'cluster.id': options.clusterId }),
      ...(options.zooKeeper !== undefined && {
        'high-availability.type': 'zookeeper',
        'high-availability.zookeeper.quorum': options.zooKeeper,
        'high-availability.zookeeper.client.session-timeout': 4000,
        'high-availability.storageDir': pathToFileURL(this.#sandbox.folder('ha')).href,
        'high-availability.cluster-id': `/${basename(this.directory)}`,
      }),
    };
  }

  #startJobManager(options: ClusterOptions, common: FlinkConfig, port: number, index: number): JobManager {
    const name = `jobmanager-${index}`;
    const { application } = options;
    const directory = this.#configure(options, name, {
      ...common,
      'rest.address': 'localhost',
      'rest.port': port,
      'rest.bind-address': '127.0.0.1',
      'web.upload.dir': this.#sandbox.folder(name, 'upload'),
    });
    const process = this.#sandbox.run(
      name,
      javaCommand(options.flink, {
        mainClass: application ? APPLICATION : SESSION,
        args: ['--configDir', directory, ...(application ? applicationArgs(application) : [])],
        jvm: ['-Xmx512m'],
        directory,
        // Flink looks for user jars in the folder `usrlib` beside this one.
        ...(application && { environment: { FLINK_LIB_DIR: this.#userLibrary(application) } }),
      }),
    );
    const url = `http://127.0.0.1:${port}`;
    return { url, rest: new FlinkRest(url), process };
  }

  #startTaskManager(options: ClusterOptions, common: FlinkConfig, index: number): Process {
    const name = `taskmanager-${index}`;
    const directory = this.#configure(options, name, {
      ...common,
      ...TASKMANAGER_RESOURCES,
      'taskmanager.host': 'localhost',
      'taskmanager.bind-host': '127.0.0.1',
      'taskmanager.resource-id': name,
      'taskmanager.numberOfTaskSlots': options.slots ?? 8,
    });
    return this.#sandbox.run(
      name,
      javaCommand(options.flink, {
        mainClass: TASKMANAGER,
        args: ['--configDir', directory],
        jvm: ['-Xmx512m', '-XX:MaxDirectMemorySize=512m'],
        directory,
      }),
    );
  }

  /** Writes the process's configuration. @returns its folder */
  #configure(options: ClusterOptions, name: string, config: FlinkConfig): string {
    const directory = this.#sandbox.folder(name);
    writeConfig(options.flink, directory, { ...config, ...options.config });
    return directory;
  }

  #userLibrary({ jar }: Application): string {
    copyFileSync(jar, join(this.#sandbox.folder('usrlib'), basename(jar)));
    return this.#sandbox.folder('lib');
  }
}

function applicationArgs({ entryClass, jobId, args = [] }: Application): string[] {
  return ['--job-classname', entryClass, ...(jobId === undefined ? [] : ['--job-id', jobId]), ...args];
}

/** Starts a cluster and waits until it is ready (5 to 15 s on two cores). Throws with the logs when it does not come up. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const nextPort = await freePorts(1 + (options.jobManagers ?? 1));
  const sandbox = new Sandbox('cluster');
  try {
    const cluster = new Cluster(sandbox, options, nextPort);
    await cluster.ready();
    return cluster;
  } catch (error) {
    const logs = sandbox.logs();
    await sandbox.stop();
    throw new Error(`Flink ${options.flink.version} did not start\n${logs}`, { cause: error });
  }
}
