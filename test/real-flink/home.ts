/**
 * Finds a Flink distribution and a JDK on this machine; never downloads (that is `get.ts`). Called by tests through
 * `realFlink`, and by the demo and `record.ts` through `findFlink` and `findJava`.
 */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, type Real, real } from '../support/real.ts';
import { flinkFolder } from './cache.ts';

/** A JDK: the compiler is needed too, for the test job. */
export interface Jdk {
  readonly java: string;
  readonly javac: string;
  readonly jar: string;
}

/** A Flink that can be started. */
export interface FlinkHome {
  readonly version: string;
  /** The folder that holds flink-dist and its companions. */
  readonly lib: string;
  readonly jdk: Jdk;
}

export const INSTALL_JAVA = 'apt-get install openjdk-17-jdk-headless';

/** The command that brings a version into the cache. */
export function installFlink(version: string): string {
  return `npm run flink:get -- ${version}`;
}

/** The JDK in JAVA_HOME, else the one on the PATH. */
export function findJava(environment: NodeJS.ProcessEnv = process.env): Jdk | undefined {
  const home = environment['JAVA_HOME'];
  const path = home === undefined ? environment : { PATH: join(home, 'bin') };
  const [java, javac, jar] = ['java', 'javac', 'jar'].map((tool) => findProgram(tool, path));
  return java && javac && jar ? { java, javac, jar } : undefined;
}

/**
 * The Flink of that version: `FLINK_HOME` when it has it, else the one in the cache. Without a version `FLINK_HOME`,
 * else the newest in the cache. Undefined when there is none or no JDK.
 */
export function findFlink(version?: string, environment: NodeJS.ProcessEnv = process.env): FlinkHome | undefined {
  const jdk = findJava(environment);
  const home = environment['FLINK_HOME'];
  const folders = [
    ...(home === undefined ? [] : [home]),
    ...(version === undefined ? cachedFolders(environment) : [flinkFolder(version, environment)]),
  ];
  const found = folders.map(inspect).find((flink) => flink && (version === undefined || flink.version === version));
  return jdk && found ? { ...found, jdk } : undefined;
}

/** That version for a test: skipped or failed as `test/support/real.ts` says when Flink or Java is absent. */
export function realFlink(version: string, environment: NodeJS.ProcessEnv = process.env): Real<FlinkHome> {
  if (findJava(environment) === undefined) return real<FlinkHome>('A JDK', undefined, INSTALL_JAVA, environment);
  return real(`Flink ${version}`, findFlink(version, environment), installFlink(version), environment);
}

/** What a folder holds: a whole distribution (`lib/`) or a pip target (`pyflink/lib/`). */
export function inspect(folder: string): Omit<FlinkHome, 'jdk'> | undefined {
  for (const lib of [join(folder, 'lib'), join(folder, 'pyflink', 'lib')]) {
    for (const file of existsSync(lib) ? readdirSync(lib) : []) {
      const version = /^flink-dist(?:_[\d.]+)?-(\d+\.\d+\.\d+)\.jar$/.exec(file)?.[1];
      if (version !== undefined) return { version, lib };
    }
  }
  return undefined;
}

/** Newest first. */
function cachedFolders(environment: NodeJS.ProcessEnv): string[] {
  const parent = dirname(flinkFolder('any', environment));
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => /^\d/.test(name))
    .toSorted(new Intl.Collator('en', { numeric: true }).compare)
    .toReversed()
    .map((name) => join(parent, name));
}
