/**
 * Makes archives of the shape that real Flinks write, out of a recorded one: the entries in Flink's order, with as many
 * tasks, attempts and checkpoints as it takes (`reference/flink.md`, V12, V14 and V20). The archive benchmark calls it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly path: string;
  readonly json: string;
}

export interface ArchiveShape {
  readonly files: number;
  readonly names: number;
  /** Completed checkpoints that the archive tells of; each costs 5 KB before the job itself. */
  readonly checkpoints: number;
  /** Subtasks of each of the two vertices; each has four attempts of 1 KB behind the job itself. */
  readonly parallelism: number;
}

/** 90 KB of a job of 4 tasks: what is wanted ends at byte 63,000. */
export const SMALL = { checkpoints: 6, parallelism: 2 };
/** 3 MB of a job of 600 tasks that never completed a checkpoint, 4,800 entries: what is wanted ends at byte 28,000. */
export const LARGE = { checkpoints: 0, parallelism: 300 };

const RECORDED = new URL('../../test/fixtures/flink-1.20.3/archives/5d28a90f4498a81461efbaf6f628a19d', import.meta.url);
/** One after the other; 5,000 within the hour in which superseded runs are exported. */
const APART_MS = 500;
const DURATION_MS = 30_000;

/** Writes them into `folder`; returns the bytes written. */
export function makeArchives(folder: string, shape: ArchiveShape): number {
  const template = templateOf(shape);
  const newest = Date.now() - 60_000;
  let bytes = 0;
  for (let index = 0; index < shape.files; index++) {
    const jobId = (index + 1).toString(16).padStart(32, '0');
    const end = newest - (shape.files - index) * APART_MS;
    const text = template
      .replaceAll(ID, jobId)
      .replaceAll(NAME, `batch-report-${String(index % shape.names)}`)
      .replaceAll(START, String(end - DURATION_MS))
      .replaceAll(END, String(end));
    writeFileSync(join(folder, jobId), text);
    bytes += text.length;
  }
  return bytes;
}

/** What stands for the text that differs from archive to archive. */
const [ID, NAME, START, END] = ['@id@', '@name@', '@start@', '@end@'];

function templateOf({ checkpoints, parallelism }: ArchiveShape): string {
  const { archive } = JSON.parse(readFileSync(RECORDED, 'utf8')) as { archive: Entry[] };
  const entries = archive.flatMap((entry) => [...enlarge(entry, checkpoints, parallelism)]);
  const overview = archive.find(({ path }) => path === '/jobs/overview')?.json ?? '';
  const { jobs } = JSON.parse(overview) as {
    jobs: (Record<'jid' | 'name', string> & Record<'start-time' | 'end-time', number>)[];
  };
  const [job] = jobs;
  if (job === undefined) throw new Error('the recorded archive names no job');
  return JSON.stringify({ archive: entries })
    .replaceAll(job.jid, ID)
    .replaceAll(`\\"name\\":\\"${job.name}\\"`, `\\"name\\":\\"${NAME}\\"`)
    .replaceAll(String(job['start-time']), START)
    .replaceAll(String(job['end-time']), END);
}

/** The entries that a job of more checkpoints or subtasks has in the place of one. */
function* enlarge({ path, json }: Entry, checkpoints: number, parallelism: number): Generator<Entry> {
  if (path.includes('/checkpoints/details/')) {
    for (let id = 1; id <= checkpoints; id++)
      yield { path: path.replace('/details/1', `/details/${String(id)}`), json };
  } else if (path.endsWith('/checkpoints') && checkpoints === 0) {
    const none = {
      counts: { restored: 0, total: 0, in_progress: 0, completed: 0, failed: 0 },
      latest: {},
      history: [],
    };
    yield { path, json: JSON.stringify(none) };
  } else if (path.includes('/subtasks/0/')) {
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const [own, all] = [`"subtask":${String(subtask)},`, '"subtask":0,'];
      yield { path: path.replace('/subtasks/0/', `/subtasks/${String(subtask)}/`), json: json.replace(all, own) };
    }
  } else if (/\/vertices\/[^/]+$/.test(path)) {
    const vertex = JSON.parse(json) as { subtasks: readonly object[] };
    const subtasks = Array.from({ length: parallelism }, (_, subtask) => ({ ...vertex.subtasks[0], subtask }));
    yield { path, json: JSON.stringify({ ...vertex, parallelism, subtasks }) };
  } else {
    yield { path, json };
  }
}
