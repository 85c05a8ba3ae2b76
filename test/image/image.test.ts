/**
 * The image of the Dockerfile, built and run without Docker: no engine runs where the tests do. Root runs it as the
 * image's user, who can write to the data volume only; others run it as themselves.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNode, buildImage, type Image } from './build-image.ts';
import { parseDockerfile, parseDockerignore } from './dockerfile.ts';

const PROJECT = join(import.meta.dirname, '../..');
const PORT = '10082';
const isRoot = process.getuid?.() === 0;

const stages = parseDockerfile(readFileSync(join(PROJECT, 'Dockerfile'), 'utf8'));
const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean; version: string }>;
};

type Process = ChildProcessByStdio<null, Readable, null>;

let directory: string;
let image: Image;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'flink-medic-image-'));
  chmodSync(directory, 0o755);
  const buildArgs = { FLINK_MEDIC_REVISION: 'abc123' };
  image = await buildImage(stages, { context: PROJECT, directory, buildArgs, chown: isRoot });
  addNode(image);
}, 240_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a program of the image as the image does; paths are those inside the image. */
function start(command: readonly string[]): Process {
  const [program = '', ...args] = command.map((word) => word.replace(/(^|=)\//, `$1${image.root}/`));
  const [uid, gid] = image.user.split(':').map(Number);
  return spawn(program, args, {
    cwd: join(image.root, image.workdir),
    env: { ...image.environment, PATH: join(image.root, 'usr/local/bin') },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(isRoot ? { uid, gid } : {}),
  });
}

async function exitCode(child: Process): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

function healthCheck(port: string): Promise<number | null> {
  return exitCode(start(image.healthCheck.map((word) => word.replace(PORT, port))));
}

describe('Dockerfile', () => {
  it('builds with the Node that the project is tested with', () => {
    const bases = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from));
    expect(new Set(bases)).toEqual(new Set([`node:${String(process.versions.node.split('.')[0])}-slim`]));
  });

  it('copies what .dockerignore lets through, and nothing else is let through', () => {
    const copied = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ keyword, flags }) => keyword === 'COPY' && flags['from'] === undefined)
      .flatMap(({ value }) => value.split(/\s+/).slice(0, -1));
    const passed = parseDockerignore(readFileSync(join(PROJECT, '.dockerignore'), 'utf8'));
    expect(new Set(copied)).toEqual(new Set(passed));
  });
});

describe('image', () => {
  it('has a numeric user, the data volume and the port of the documentation', () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(image.volumes).toEqual(['/data']);
    expect(image.command).toEqual(['serve', '--storage.path=/data']);
    expect(image.ports).toEqual([PORT]);
    expect(image.healthCheck.join(' ')).toContain(`:${PORT}/-/healthy`);
  });

  it('holds the program and its dependencies, and no development dependency', () => {
    expect(readdirSync(join(image.root, 'app')).toSorted()).toEqual([
      'LICENSE',
      'dist',
      'docs',
      'node_modules',
      'package.json',
    ]);
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
    const isThere = ([path]: (typeof packages)[number]): boolean => existsSync(join(image.root, 'app', path));
    const [unwanted, wanted] = [true, false].map((dev) => packages.filter(([, entry]) => (entry.dev ?? false) === dev));
    expect(unwanted?.filter(isThere).map(([path]) => path)).toEqual([]);
    expect(wanted?.filter((entry) => !isThere(entry)).map(([path]) => path)).toEqual([]);
  });

  it('tells its version and revision', async () => {
    const child = start([...image.entrypoint, '--version']);
    const [output] = (await once(child.stdout, 'data')) as [Buffer];
    const version = lock.packages['']?.version ?? '';
    expect(output.toString()).toBe(`flink-medic ${version} (abc123), Node ${process.version}\n`);
    expect(await exitCode(child)).toBe(0);
  });

  it('is unhealthy when nothing answers', async () => {
    expect(await healthCheck(await freePort())).toBe(1);
  });

  it('serves, runbooks too, writes to the volume only, is healthy and stops when it is told to', async () => {
    const before = filesOf(image.root);
    const child = start([...image.entrypoint, ...image.command, '--web.listen-address=127.0.0.1:0']);
    try {
      const port = await portOf(child);
      expect(await healthCheck(port)).toBe(0);
      const runbook = await fetch(`http://127.0.0.1:${port}/runbooks/flinkjobfailed.md`);
      expect([runbook.status, await runbook.text()]).toEqual([200, expect.stringMatching(/^# FlinkJobFailed\n/)]);
      const written = filesOf(image.root).filter((file) => !before.includes(file));
      expect(written).toContain('data/flink-medic.db');
      expect(written.filter((file) => !file.startsWith('data/'))).toEqual([]);
      const { uid, gid } = statSync(join(image.root, 'data/flink-medic.db'));
      expect(`${String(uid)}:${String(gid)}`).toBe(isRoot ? image.user : ownUser());
      const ended = exitCode(child);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function ownUser(): string {
  return `${String(process.getuid?.())}:${String(process.getgid?.())}`;
}

/** The port that a server says it listens on. */
async function portOf(server: Process): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const [, port] = /\baddress=\S+:(\d+) msg=listening$/.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error('the server ended before it listened');
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? String(address?.port) : '';
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}
