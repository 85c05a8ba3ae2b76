/**
 * Reads a Dockerfile into stages, and a .dockerignore that only lets named paths through: as much of both as ours
 * uses. Called by the image builder and its test.
 */

export interface Instruction {
  /** In capitals: RUN, COPY, … */
  readonly keyword: string;
  /** `--name=value` before the value. */
  readonly flags: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface Stage {
  /** An image or the name of an earlier stage. */
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** @throws on a line that is no instruction, and on an instruction before the first FROM */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of lines) {
    const instruction = parseInstruction(line);
    if (instruction.keyword === 'FROM') {
      const [from = '', , name] = instruction.value.split(/\s+/);
      stages.push({ from, name, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`before FROM: ${line}`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
  if (keyword === '') throw new Error(`no instruction: ${line}`);
  const [leading = ''] = /^(--\S+\s+)*/.exec(rest) ?? [];
  const flags = leading.matchAll(/--([\w-]+)=(\S+)/g).map(([, name = '', value = '']) => [name, value] as const);
  return {
    keyword: keyword.toUpperCase(),
    flags: Object.fromEntries(flags),
    value: rest.slice(leading.length).trim(),
  };
}

/** `["node", "x.js"]` as a list. Throws for the shell form, under which signals would not reach the program. */
export function execForm(value: string): string[] {
  if (!value.startsWith('[')) throw new Error(`not in exec form: ${value}`);
  return JSON.parse(value) as string[];
}

/** The paths after `*` that a .dockerignore lets through. Throws when it does anything else. */
export function parseDockerignore(text: string): string[] {
  const [first, ...rest] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || rest.some((line) => !/^![\w./-]+$/.test(line))) {
    throw new Error('not of the form: everything ignored, but for named paths');
  }
  return rest.map((line) => line.slice(1));
}
