/** The command line of a Flink process. Called by the starters. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlinkHome } from './home.ts';
import type { Command } from './process.ts';

export type FlinkConfig = Readonly<Record<string, string | number | boolean>>;

/** What Java 17 must open: Flink's own scripts take the list from `env.java.opts.all`, which nothing else reads. */
const EXPORTS = ['java.rmi/sun.rmi.registry', 'java.security.jgss/sun.security.krb5', 'java.base/sun.net.util'];
const OPENS = [
  'java.lang',
  'java.lang.reflect',
  'java.net',
  'java.io',
  'java.nio',
  'sun.nio.ch',
  'java.text',
  'java.time',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'java.util.concurrent.locks',
];
const MODULE_FLAGS = [
  ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...OPENS.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
];

/** A JVM that starts fast beats one that runs fast: these live for seconds and share few cores. */
const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];

const LOG4J = `rootLogger.level = INFO
rootLogger.appenderRef.out.ref = Out
appender.out.type = CONSOLE
appender.out.name = Out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c - %m%n
`;

export interface JavaOptions {
  readonly mainClass: string;
  readonly args: readonly string[];
  /** `-Xmx` and other options of the JVM. */
  readonly jvm: readonly string[];
  /** Working folder; the logging configuration and temporary files go there. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export function javaCommand(flink: FlinkHome, options: JavaOptions): Command {
  const log4j = join(options.directory, 'log4j.properties');
  writeFileSync(log4j, LOG4J);
  const temporary = join(options.directory, 'tmp');
  mkdirSync(temporary, { recursive: true });
  return {
    program: flink.jdk.java,
    args: [
      ...MODULE_FLAGS,
      ...QUICK_START,
      ...options.jvm,
      // Flink unpacks jars and keeps its web files there, and leaves them when it is killed.
      `-Djava.io.tmpdir=${temporary}`,
      `-Dlog4j.configurationFile=file:${log4j}`,
      '-cp',
      join(flink.lib, '*'),
      options.mainClass,
      ...options.args,
    ],
    directory: options.directory,
    ...(options.environment && { environment: options.environment }),
  };
}

/** Writes Flink's configuration in the form of its version: `config.yaml`, before 1.19 `flink-conf.yaml`. */
export function writeConfig(flink: FlinkHome, directory: string, config: FlinkConfig): void {
  const [major = 0, minor = 0] = flink.version.split('.').map(Number);
  const legacy = major === 1 && minor < 19;
  // Quoted where the file is real YAML: a cluster.id of 32 zeros would be read as a number.
  const lines = Object.entries(config).map(
    ([key, value]) => `${key}: ${legacy ? value : JSON.stringify(`${value}`)}\n`,
  );
  writeFileSync(join(directory, legacy ? 'flink-conf.yaml' : 'config.yaml'), lines.join(''));
}
