/**
 * One rule for every test that needs a real program (Flink, promtool, prometheus, alertmanager, chromium): where it is
 * absent the test is skipped and says which command installs it; with FLINK_MEDIC_REQUIRE_REAL=1, which `.ci/run`
 * sets, absence fails the test file instead, so that CI can never be green by skipping.
 *
 *     const promtool = realProgram('promtool', 'apt-get install prometheus');
 *     describe.skipIf(promtool.skip !== undefined)('promtool', () => { … promtool.get() … });
 */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Real<T> {
  /** Why tests of it are skipped and the command that changes that; undefined when it is there. */
  readonly skip: string | undefined;
  /** The thing itself. Throws the reason when it is absent: call it inside hooks and tests only. */
  readonly get: () => T;
}

/**
 * @param found what the tests need, undefined when it is not on this machine
 * @param install the shell command that brings it
 * @throws when it is absent and FLINK_MEDIC_REQUIRE_REAL is 1
 */
export function real<T>(
  name: string,
  found: T | undefined,
  install: string,
  environment: Environment = process.env,
): Real<T> {
  if (found !== undefined) return { skip: undefined, get: () => found };
  const reason = `${name} is not here; to install it: ${install}`;
  const fail = (): never => {
    throw new Error(reason);
  };
  if (environment['FLINK_MEDIC_REQUIRE_REAL'] === '1') fail();
  // Printed, because the default reporter of vitest shows nothing of a skipped test, not even its title.
  console.warn(`Skipped: ${reason}`);
  return { skip: reason, get: fail };
}

/** A program on the PATH. Throws as `real` does. */
export function realProgram(name: string, install: string, environment: Environment = process.env): Real<string> {
  return real(name, findProgram(name, environment), install, environment);
}

/** The absolute path of an executable file on the PATH. */
export function findProgram(name: string, environment: Environment = process.env): string | undefined {
  return (environment['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
