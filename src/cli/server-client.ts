/** What the commands share that ask a running flink-medic: its flags, the request, and the form of the answer. */

import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { MedicError, messageOf } from '../core/errors.ts';

const TIMEOUT_MS = 15_000;

export interface AddressFlags {
  readonly 'server.url': string;
  readonly 'server.credentialsFile'?: string;
}

export interface ServerFlags extends AddressFlags {
  readonly output: 'table' | 'json';
}

/** For commands that read. */
export function withServerFlags(command: Command): Command {
  return withOutputFlag(withAddressFlags(command, 'USER:PASSWORD of its web configuration'));
}

/** For commands that order something. */
export function withOrderFlags(command: Command): Command {
  return withAddressFlags(command, 'USER:PASSWORD or the token of the section api of its configuration');
}

export function withOutputFlag(command: Command): Command {
  return command.addOption(
    new Option('--output <form>', 'form of the output').choices(['table', 'json']).default('table'),
  );
}

function withAddressFlags(command: Command, credentials: string): Command {
  return command
    .option('--server.url <url>', 'where flink-medic runs', 'http://localhost:10082')
    .option('--server.credentials-file <path>', `file that holds ${credentials}`);
}

/**
 * @param path below the API, with its parts encoded
 * @param member of the answer that holds what was asked for
 * @throws MedicError `server` with what to do
 */
export async function askServer<Answer extends object>(
  flags: AddressFlags,
  path: string,
  member: keyof Answer & string,
): Promise<Answer> {
  const reply = await send(flags, path);
  if (reply.status === 200) {
    const answer = parse(reply.text);
    if (holds<Answer>(answer, member)) return answer;
  }
  throw new MedicError('server', refusal(reply, flags), { status: reply.status });
}

/**
 * @param body sent as JSON
 * @param member of the answer that holds what came of the order; undefined for an order that is answered with nothing
 * @throws MedicError `server` with why it was refused and what to do
 */
export async function orderServer<Answer extends object>(
  flags: AddressFlags,
  path: string,
  body: object,
  member?: keyof Answer & string,
): Promise<Answer> {
  const reply = await send(flags, path, body);
  if (reply.status >= 200 && reply.status < 300) {
    const answer = member === undefined ? {} : parse(reply.text);
    if (member === undefined || holds<Answer>(answer, member)) return answer as Answer;
  }
  throw new MedicError('server', refusal(reply, flags), { status: reply.status });
}
/** Undefined for what is not JSON: something else answers there. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of what is inside we trust the server that we found: it is the same program. */
function holds<Answer extends object>(answer: unknown, member: keyof Answer & string): answer is Answer {
  const value = (answer as Partial<Record<string, unknown>> | null | undefined)?.[member];
  return typeof value === 'object' && value !== null;
}

interface Reply {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/** With a body it is an order: POST. */
async function send(flags: AddressFlags, path: string, body?: object): Promise<Reply> {
  const url = serverUrl(flags['server.url'], path);
  const authorization = await authorizationOf(flags['server.credentialsFile'], body !== undefined);
  try {
    // Only now: a start of `serve` reads this file, too, and need not wait for it.
    const { request } = await import('undici');
    const response = await request(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json', ...authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { url, status: response.statusCode, text: await response.body.text() };
  } catch (error) {
    const advice = 'Is it running there? Give its address with --server.url.';
    throw new MedicError('server', `no flink-medic answers at ${url.origin}: ${messageOf(error)}. ${advice}`, {
      cause: error,
    });
  }
}

function serverUrl(base: string, path: string): URL {
  const url = URL.parse(`${base.replace(/\/$/, '')}/api/v1/${path}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new MedicError('server', `--server.url: ${JSON.stringify(base)} is not a URL such as http://localhost:10082`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new MedicError('server', '--server.url must not hold credentials: give them in --server.credentials-file');
  }
  return url;
}

/** @param orTokens whether what has no colon is a token; the users of the web configuration have none */
async function authorizationOf(file: string | undefined, orTokens: boolean): Promise<Record<string, string>> {
  if (file === undefined) return {};
  let credentials: string;
  try {
    credentials = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new MedicError('server', `--server.credentials-file: ${messageOf(error)}`, { cause: error });
  }
  if (credentials.includes(':')) return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  if (orTokens && /^[!-~]+$/.test(credentials)) return { authorization: `Bearer ${credentials}` };
  const forms = orTokens ? 'USER:PASSWORD or a token' : 'USER:PASSWORD';
  throw new MedicError('server', `--server.credentials-file: ${file} must hold ${forms}`);
}

function refusal({ url, status, text }: Reply, flags: AddressFlags): string {
  const { detail, advice } = (parse(text) ?? {}) as { detail?: string; advice?: string };
  if (status === 401) {
    const verb = flags['server.credentialsFile'] === undefined ? 'Give' : 'Correct';
    return `${url.origin}: ${detail ?? 'it wants a user.'} ${verb} --server.credentials-file.`;
  }
  if (detail !== undefined) return [detail, advice].filter((part) => part !== undefined).join(' ');
  return `${url.origin} answered ${String(status)}: is that flink-medic?`;
}
