/** What the commands share that ask a running flink-medic: its flags, the request, and the form of the answer. */

import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { request } from 'undici';
import { MedicError, messageOf } from '../core/errors.ts';

const TIMEOUT_MS = 15_000;

export interface ServerFlags {
  readonly 'server.url': string;
  readonly 'server.credentialsFile'?: string;
  readonly output: 'table' | 'json';
}

export function withServerFlags(command: Command): Command {
  return withOutputFlag(
    command
      .option('--server.url <url>', 'where flink-medic runs', 'http://localhost:10082')
      .option('--server.credentials-file <path>', 'file that holds USER:PASSWORD of its web configuration'),
  );
}

export function withOutputFlag(command: Command): Command {
  return command.addOption(
    new Option('--output <form>', 'form of the output').choices(['table', 'json']).default('table'),
  );
}

/**
 * @param path below the API, with its parts encoded
 * @param list the member of the answer that holds the list
 * @throws MedicError `server` with what to do
 */
export async function askServer<List extends string, Item>(
  flags: ServerFlags,
  path: string,
  list: List,
): Promise<Record<List, Item[]>> {
  const url = serverUrl(flags['server.url'], path);
  const authorization = await authorizationOf(flags['server.credentialsFile']);
  let status: number;
  let text: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await request(url, { signal, headers: { accept: 'application/json', ...authorization } });
    status = response.statusCode;
    text = await response.body.text();
  } catch (error) {
    const advice = 'Is it running there? Give its address with --server.url.';
    throw new MedicError('server', `no flink-medic answers at ${url.origin}: ${messageOf(error)}. ${advice}`, {
      cause: error,
    });
  }
  const answer = status === 200 ? parse(text) : undefined;
  if (holdsList<List, Item>(answer, list)) return answer;
  throw new MedicError('server', refusal(url, status, text), { status });
}

/** Undefined for what is not JSON: something else answers there. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of the items we trust the server that we found: it is the same program. */
function holdsList<List extends string, Item>(answer: unknown, list: List): answer is Record<List, Item[]> {
  return Array.isArray((answer as Partial<Record<List, unknown>> | null | undefined)?.[list]);
}

function serverUrl(base: string, path: string): URL {
  const url = URL.parse(`${base.replace(/\/$/, '')}/api/v1/${path}`);
  if (url === null) throw new MedicError('server', `--server.url: ${JSON.stringify(base)} is not a URL`);
  if (url.username !== '' || url.password !== '') {
    throw new MedicError('server', '--server.url must not hold credentials: give them in --server.credentials-file');
  }
  return url;
}

async function authorizationOf(file: string | undefined): Promise<Record<string, string>> {
  if (file === undefined) return {};
  let credentials: string;
  try {
    credentials = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new MedicError('server', `--server.credentials-file: ${messageOf(error)}`, { cause: error });
  }
  if (!credentials.includes(':')) {
    throw new MedicError('server', `--server.credentials-file: ${file} must hold USER:PASSWORD`);
  }
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function refusal(url: URL, status: number, text: string): string {
  const credentials = 'Give --server.credentials-file with USER:PASSWORD.';
  const { detail, advice } = (parse(text) ?? {}) as { detail?: string; advice?: string };
  if (status === 401) return `${url.origin}: ${detail ?? 'it wants a user.'} ${credentials}`;
  if (detail !== undefined) return [detail, advice].filter((part) => part !== undefined).join(' ');
  return `${url.origin} answered ${String(status)}: is that flink-medic?`;
}
