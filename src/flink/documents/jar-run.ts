/**
 * `POST /jars/:jarid/run`: what is sent (`JarRunRequestBody`), the answer (`JarRunResponseBody`), and the refusals that
 * prove that nothing ran.
 */

import { jobId } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { ifFits, list, object, text } from './shapes.ts';

/** The fields that every version from 1.18 to 2.3 takes: 1.18 and 1.19 refuse what they do not know. */
export interface JarRun {
  readonly jobId: string;
  readonly entryClass?: string;
  readonly programArgsList?: readonly string[];
  readonly parallelism?: number;
  /** Never empty: 1.17 takes that for a path. */
  readonly savepointPath?: string;
  /** 1.20 and later call it `claimMode` and take both names. */
  readonly restoreMode?: 'NO_CLAIM' | 'CLAIM' | 'LEGACY';
  readonly allowNonRestoredState?: boolean;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
}

/** `started: false` is proven: the program was not even loaded. */
export type JarRunAnswer =
  | { readonly started: true; readonly jobId: string }
  | { readonly started: false; readonly jarMissing: boolean; readonly detail: string };

const answerSchema = object({ jobid: jobId });
const errorSchema = object({ errors: list(text) });

/**
 * Thrown while the request was prepared: `JarRunHandler#handleRequest` called `JarHandlerUtils.JarHandlerContext`, which
 * reads options, opens the jar and looks for the class, and only later has main() run by another thread. Measured on 1.20.3
 * and 2.3.0 it is a 500, while all that goes wrong from main() on is a 400, so that no program can write this.
 */
const PREPARING =
  /\n\tat org\.apache\.flink\.runtime\.webmonitor\.handlers\.utils\.JarHandlerUtils\$JarHandlerContext\.[^\n]+\n\tat org\.apache\.flink\.runtime\.webmonitor\.handlers\.JarRunHandler\.handleRequest\(/;
const SERVER_SIDE = /^<Exception on server side:\n([^\n]+)/;
const CAUSED_BY = '\nCaused by: ';
/** Longer than any path; what is longer is cut before it is searched. */
const MAX_MESSAGE = 5000;
const JAR_MISSING = /: Jar file .+ does not exist$/;

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseStarted(value: unknown): JarRunAnswer {
  return { started: true, jobId: parseDocument(answerSchema, value, '/jars/:jarid/run').jobid };
}

/** @param value the parsed JSON of an error; undefined when it does not prove that nothing ran */
export function parseNotStarted(value: unknown): JarRunAnswer | undefined {
  for (const error of ifFits(errorSchema, value)?.errors ?? []) {
    const [outermost = ''] = error.split(CAUSED_BY, 1);
    const thrown = PREPARING.test(outermost) ? SERVER_SIDE.exec(outermost)?.[1]?.slice(0, MAX_MESSAGE) : undefined;
    if (thrown !== undefined) {
      return { started: false, jarMissing: JAR_MISSING.test(thrown), detail: thrown.slice(0, 500) };
    }
  }
  return undefined;
}
