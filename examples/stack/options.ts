/** The command line of the stack. Called by `main.ts`. */

import { parseArgs } from 'node:util';
import { flinkVersion } from '../demo/options.ts';

export const USAGE = `Usage: npm run stack -- [--once] [--pace=REAL|FAST] [--flink VERSION]

  --once           play what goes wrong with jobs, and exit with 0 when every alert, answer and metric is as it must be
  --pace=FAST      alert rules wait 20 times shorter ("for", "keep_firing_for"); their expressions are as shipped
  --pace=REAL      alert rules as they are shipped (default); the play then takes some 12 minutes
  --flink VERSION  with this Flink; it is downloaded when it is not in the cache (default 2.3.0)
  --help           show this help`;

/** How many times shorter the rules' `for` is. Not more than 20: what keeps firing must last to be seen muted. */
const PACES = { REAL: 1, FAST: 20 } as const;
type Pace = keyof typeof PACES;

export interface Options {
  readonly help: boolean;
  readonly once: boolean;
  /** A factor. */
  readonly pace: number;
  readonly flink: string | undefined;
}

/** @throws what is wrong with the arguments */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      pace: { type: 'string', default: 'REAL' },
      flink: { type: 'string' },
    },
  });
  const { help, once, pace, flink } = values;
  if (!isPace(pace)) throw new Error(`--pace: "${pace}" is neither REAL nor FAST`);
  return { help, once, pace: PACES[pace], flink: flink === undefined ? undefined : flinkVersion(flink) };
}

function isPace(text: string): text is Pace {
  return Object.hasOwn(PACES, text);
}
