/** The programs that the stack needs besides Flink, or how to get them. Called by `main.ts`. */

import { findProgram } from '../../test/support/real.ts';

export interface Programs {
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** @throws with the one command that installs what is missing */
export function findPrograms(environment: NodeJS.ProcessEnv = process.env): Programs {
  const [prometheus, alertmanager] = ['prometheus', 'prometheus-alertmanager'].map((name) =>
    findProgram(name, environment),
  );
  if (prometheus !== undefined && alertmanager !== undefined) return { prometheus, alertmanager };
  const missing = [
    ...(prometheus === undefined ? ['prometheus'] : []),
    ...(alertmanager === undefined ? ['prometheus-alertmanager'] : []),
  ];
  throw new Error(`${missing.join(' and ')} cannot be found. To install: apt-get install ${missing.join(' ')}`);
}
