/**
 * Builds an image's file system without Docker: each stage is a folder, COPY copies, RUN runs in a shell with this
 * Node instead of the base image's. Relative RUN commands only: nothing keeps them inside the folder. Called by the
 * image's test, which owns the folder.
 */

import { execFile } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { execForm, type Instruction, type Stage } from './dockerfile.ts';

export interface BuildOptions {
  /** Folder that COPY copies from. */
  readonly context: string;
  /** Empty folder for the stages. */
  readonly directory: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Whether `--chown` is obeyed, which only root can. */
  readonly chown: boolean;
}

export interface Image {
  /** The folder that is `/`. */
  root: string;
  workdir: string;
  environment: Record<string, string>;
  user: string;
  volumes: string[];
  ports: string[];
  entrypoint: string[];
  command: string[];
  healthCheck: string[];
}

/**
 * @returns the last stage
 * @throws when a step fails or is not known
 */
export async function buildImage(stages: readonly Stage[], options: BuildOptions): Promise<Image> {
  const builder = new Builder(options);
  let image: Image | undefined;
  for (const [index, stage] of stages.entries()) image = await builder.build(stage, String(index));
  if (image === undefined) throw new Error('a Dockerfile without FROM');
  return image;
}

class Builder {
  readonly #options: BuildOptions;
  readonly #built = new Map<string, Image>();
  readonly #path: string;

  constructor(options: BuildOptions) {
    this.#options = options;
    const bin = join(options.directory, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    // The folders that npm adds hold the project's own development dependencies.
    const others = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
    this.#path = [bin, ...others].join(delimiter);
  }

  async build({ from, name, instructions }: Stage, folder: string): Promise<Image> {
    const image = this.#startOf(from, join(this.#options.directory, folder));
    for (const instruction of instructions) await this.#execute(instruction, image);
    if (name !== undefined) this.#built.set(name, image);
    return image;
  }

  #startOf(from: string, root: string): Image {
    mkdirSync(root);
    const base = this.#built.get(from);
    if (base !== undefined) {
      cpSync(base.root, root, { recursive: true, verbatimSymlinks: true });
      return { ...structuredClone(base), root };
    }
    const nothing = { user: '', volumes: [], ports: [], entrypoint: [], command: [], healthCheck: [] };
    return { root, workdir: '/', environment: {}, ...nothing };
  }

  async #execute({ keyword, flags, value }: Instruction, image: Image): Promise<void> {
    switch (keyword) {
      case 'WORKDIR':
        image.workdir = resolve(image.workdir, value);
        mkdirSync(join(image.root, image.workdir), { recursive: true });
        return;
      case 'COPY':
        return this.#copy(value.split(/\s+/), flags, image);
      case 'RUN':
        return this.#run(value, image);
      case 'ARG':
        image.environment[value] = this.#options.buildArgs[value] ?? '';
        return;
      case 'ENV':
        for (const [, name = '', text = ''] of value.matchAll(/(\w+)=(\S*)/g)) {
          image.environment[name] = text.replaceAll(/\$(\w+)/g, (_, other: string) => image.environment[other] ?? '');
        }
        return;
      case 'USER':
        image.user = value;
        return;
      case 'VOLUME':
        image.volumes.push(value);
        return;
      case 'EXPOSE':
        image.ports.push(value);
        return;
      case 'HEALTHCHECK':
        image.healthCheck = execForm(value.replace(/^CMD\s+/, ''));
        return;
      case 'ENTRYPOINT':
        image.entrypoint = execForm(value);
        return;
      case 'CMD':
        image.command = execForm(value);
        return;
      default:
        throw new Error(`${keyword} is not known to this builder`);
    }
  }

  #copy(paths: readonly string[], { from, chown = '' }: Instruction['flags'], image: Image): void {
    const base = from === undefined ? this.#options.context : this.#built.get(from)?.root;
    if (base === undefined) throw new Error(`COPY --from=${String(from)}: no such stage`);
    const destination = paths.at(-1) ?? '';
    const target = join(image.root, resolve(image.workdir, destination));
    for (const source of paths.slice(0, -1).map((path) => join(base, path))) {
      const intoFolder = destination.endsWith('/') && statSync(source).isFile();
      const to = intoFolder ? join(target, basename(source)) : target;
      cpSync(source, to, { recursive: true, verbatimSymlinks: true });
      const [uid, gid] = chown.split(':').map(Number);
      if (this.#options.chown && uid !== undefined && gid !== undefined) chownSync(to, uid, gid);
    }
  }

  async #run(command: string, image: Image): Promise<void> {
    await promisify(execFile)('sh', ['-c', command], {
      cwd: join(image.root, image.workdir),
      env: { ...process.env, ...image.environment, PATH: this.#path, npm_config_prefer_offline: 'true' },
    });
  }
}

/** Puts this Node where the base image has its own, for every user to run. */
export function addNode({ root }: Image): string {
  const node = join(root, 'usr/local/bin/node');
  cpSync(process.execPath, node);
  chmodSync(node, 0o755);
  return node;
}
