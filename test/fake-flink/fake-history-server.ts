/**
 * An in-process Flink HistoryServer on loopback over a folder of archives (`HistoryServerArchiveFetcher`,
 * `HistoryServerStaticFileServerHandler`): it serves the entries of the archives that it has unpacked, and looks at its
 * folder only when it is told to. Keeps a log of the requests; `stop` leaves no socket and no timer.
 */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { archiveFiles } from '../real-flink/archives.ts';
import { Faults } from './faults.ts';
import { respond } from './faulty-response.ts';
import { failure } from './routes.ts';

const archiveSchema = z.object({ archive: z.array(z.object({ path: z.string(), json: z.string() })) });
const overviewSchema = z.object({ jobs: z.array(z.looseObject({ jid: z.string() })) });

const CONFIG = {
  'refresh-interval': 10_000,
  'timezone-name': 'Coordinated Universal Time',
  'timezone-offset': 0,
  'flink-version': '1.20.3',
  'flink-revision': '01e3a6d @ 2025-09-20T02:22:05+02:00',
  features: { 'web-submit': false, 'web-cancel': false, 'web-rescale': false, 'web-history': true },
};

export class FakeHistoryServer {
  readonly faults = new Faults();
  /** Paths, in the order in which they were asked for. */
  readonly requests: string[] = [];
  /** Told of each answer. */
  onAnswer: (path: string, status: number) => void = () => {};
  /** The `Authorization` header that is wanted; others get 401. */
  authorization: string | undefined;
  port = 0;
  /** Its clock, milliseconds: it says when its list was written. */
  now = 0;
  #mergedAt = 0;
  readonly #folder: string;
  readonly #unpacked = new Map<string, ReadonlyMap<string, unknown>>();
  #documents = new Map<string, unknown>();
  readonly #server: Server;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.restart();
  }

  /** @returns when it listens; it has not looked at the folder yet */
  static async start(folder: string, port = 0): Promise<FakeHistoryServer> {
    const server = new FakeHistoryServer(folder);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
    const address = server.#server.address();
    server.port = typeof address === 'object' && address !== null ? address.port : 0;
    return server;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Its refresh interval is over: it unpacks what is complete and new, and merges the list. */
  refresh(): void {
    for (const path of archiveFiles(this.#folder)) {
      const jobId = path.slice(path.lastIndexOf('/') + 1);
      if (!/^[0-9a-f]{32}$/.test(jobId) || this.#unpacked.has(jobId)) continue;
      const entries = entriesOf(join(this.#folder, path));
      if (entries !== undefined) this.#unpacked.set(jobId, entries);
    }
    this.#merge();
  }

  /** Another process takes over: it lists nothing until its first refresh. */
  restart(): void {
    this.#unpacked.clear();
    this.#merge();
  }

  /** As `historyserver.archive.retained-jobs` does. */
  forget(jobId: string): void {
    this.#unpacked.delete(jobId);
    this.#merge();
  }

  /** It says this from now on. */
  put(path: string, document: unknown): void {
    this.#documents.set(path, document);
  }

  get(path: string): unknown {
    return this.#documents.get(path);
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #merge(): void {
    this.#mergedAt = this.now;
    const archives = [...this.#unpacked.values()];
    const jobs = archives.flatMap((entries) => overviewSchema.parse(entries.get('/jobs/overview')).jobs);
    this.#documents = new Map([
      ...archives.flatMap((entries) => [...entries]),
      ['/config', CONFIG],
      ['/jobs/overview', { jobs }],
    ]);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    this.requests.push(path);
    response.once('finish', () => this.onAnswer(path, response.statusCode));
    const document = this.#documents.get(path);
    // As long ago as the list was merged, in whole seconds of its own clock.
    const modified = path === '/jobs/overview' ? new Date(this.#mergedAt).toUTCString() : undefined;
    if (modified !== undefined) {
      response.setHeader('last-modified', modified).setHeader('date', new Date(this.now).toUTCString());
      if (request.headers['if-modified-since'] === modified) {
        response.writeHead(304).end();
        return;
      }
    }
    const refused = this.authorization !== undefined && request.headers.authorization !== this.authorization;
    const reply = refused
      ? failure(401, 'Unauthorized')
      : document === undefined
        ? { status: 404, body: { errors: ['File not found.'] } }
        : { status: 200, body: document };
    respond(response, reply, this.faults.take(path.replace(/(?<=^\/jobs\/)[0-9a-f]{32}/, ':jobid')));
  }
}

/** Undefined for an archive that is not all there. */
function entriesOf(path: string): ReadonlyMap<string, unknown> | undefined {
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  return new Map(archiveSchema.parse(text).archive.map((entry) => [entry.path, JSON.parse(entry.json)]));
}
