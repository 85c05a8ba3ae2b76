/** Runs a command as `main.ts` does, with what it prints kept. Used by the tests of this folder. */

import { run } from '../../src/cli/program.ts';

export interface Outcome {
  readonly code: number;
  readonly printed: string;
  readonly errors: string;
}

export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Outcome> {
  const printed: string[] = [];
  const errors: string[] = [];
  const code = await run(args, {
    env,
    print: (text) => void printed.push(text),
    printError: (text) => void errors.push(text),
  });
  return { code, printed: printed.join('\n'), errors: errors.join('\n') };
}
