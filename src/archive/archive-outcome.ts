/**
 * Turns the documents of one archive into the outcome of its run. Keeps the facts, not the documents: each is parsed as
 * the scanner hands it out. One builder serves one file; the archive reader makes it.
 */

import { MedicError } from '../core/errors.ts';
import type {
  ArchiveOutcome,
  CheckpointConfig,
  CheckpointStatistics,
  ExceptionHistory,
  JobDetails,
} from '../core/facts.ts';
import { lastFailureOf } from '../core/root-cause.ts';
import { type EndedStatus, isEnded } from '../core/states.ts';
import { parseCheckpointConfig } from '../flink/documents/checkpoint-config.ts';
import { parseCheckpointStatistics } from '../flink/documents/checkpoint-statistics.ts';
import { parseExceptionHistory } from '../flink/documents/exception-history.ts';
import { optional } from '../flink/documents/fields.ts';
import { parseJobDetails } from '../flink/documents/job-details.ts';
import { parseListedIds } from '../flink/documents/jobs-overview.ts';
import type { EntrySink } from './byte-scanner.ts';
import { leaveOut, leaveOutFlat, leaveOutFrames, leaveOutHead, leaveOutRest } from './excerpt.ts';
import type { FoundDocument, Wanted } from './find-documents.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

export interface Outcome {
  readonly kind: 'outcome';
  readonly outcome: ArchiveOutcome;
  /** Documents beside the job itself that do not fit; what they say is missing from the outcome. */
  readonly misfits: readonly string[];
}

/** The documents of one job. */
export interface JobDocuments {
  readonly details: JobDetails;
  readonly checkpoints?: CheckpointStatistics | undefined;
  readonly checkpointConfig?: CheckpointConfig | undefined;
  readonly exceptions?: ExceptionHistory | undefined;
}

/** What an archive has said so far. */
type Said = { -readonly [Key in keyof JobDocuments]?: JobDocuments[Key] } & { listedIds?: readonly string[] };

interface WantedDocument extends Wanted {
  /** Without it there is no outcome; the others only add to it. */
  readonly required: boolean;
  readonly parse: (document: unknown) => void;
}

/** The descriptions in the plan of a SQL job are longer than all the rest. Until 2.0 it comes last. */
const PLAN_AND_METRICS = [
  leaveOutFlat(',"metrics":{'),
  leaveOut(',"plan":{', ',"pending-operators":'),
  leaveOutRest(',"plan":{', ']}'),
];

const BUT_LATEST_CHECKPOINTS = [leaveOut(',"summary":{', ',"latest":{'), leaveOutRest(',"history":[', ']')];

/** It is followed by the name of an older failure: concurrent failures come last in an entry, and have none of their own. */
const OLDER_FAILURE = ']},{"exceptionName":"';

/** Until 2.0 the newest failure is there twice. */
const BUT_NEWEST_FAILURE = [
  leaveOutHead('{"root-exception":"', ',"exceptionHistory":{'),
  leaveOutFrames(OLDER_FAILURE),
  leaveOut(OLDER_FAILURE, ',"timestamp":'),
];

export class OutcomeBuilder implements EntrySink {
  readonly #jobId: string;
  readonly #said: Said = {};
  readonly #missing: Map<string, WantedDocument>;
  readonly #misfits: string[] = [];

  constructor(jobId: string) {
    this.#jobId = jobId;
    this.#missing = wantedDocuments(`/jobs/${jobId}`, this.#said);
  }

  /** What was not taken yet. */
  get missing(): readonly Wanted[] {
    return [...this.#missing.values()];
  }

  /** Of two entries with one path the first counts. */
  wants(path: string): boolean {
    return this.#missing.has(path);
  }

  /** @throws {MedicError} `not_json`, `schema`: a required document cannot be used */
  take(path: string, json: string): boolean {
    const wanted = this.#missing.get(path);
    this.#missing.delete(path);
    try {
      wanted?.parse(parseJson(path, json));
    } catch (error) {
      // A document that a later Flink changed must not cost us how the run ended.
      if (wanted?.required !== false || !(error instanceof MedicError)) throw error;
      this.#misfits.push(error.message);
    }
    return this.#missing.size > 0;
  }

  /** Whether it fits. What does not may do so with what was left out of it, so then nothing is said. */
  takeFound({ path, document }: FoundDocument): boolean {
    try {
      this.#missing.get(path)?.parse(document);
      return true;
    } catch (error) {
      if (error instanceof MedicError) return false;
      throw error;
    }
  }

  /** What the archive says, once all of it that is wanted was taken. */
  build(): Outcome | Unreadable {
    const { listedIds, details } = this.#said;
    if (listedIds === undefined) return unreadable('missing_entry', 'no /jobs/overview');
    const [listed] = listedIds;
    if (listed === undefined) return unreadable('schema', '/jobs/overview: no job');
    if (listed !== this.#jobId) return unreadable('other_job', `/jobs/overview names job ${listed}`);
    if (details === undefined) return unreadable('missing_entry', `no /jobs/${this.#jobId}`);
    return conclude(this.#jobId, { ...this.#said, details }, this.#misfits);
  }
}

/** What the documents of a job together say, given that they are its own. */
export function conclude(jobId: string, said: JobDocuments, misfits: readonly string[]): Outcome | Unreadable {
  const { details } = said;
  if (details.jobId !== jobId) return unreadable('other_job', `/jobs/:jobid names job ${details.jobId}`);
  if (!isEnded(details.state)) return unreadable('not_ended', `state ${details.state}`);
  if (details.endTime === undefined) return unreadable('schema', '/jobs/:jobid: end-time: expected a time');
  return { kind: 'outcome', outcome: outcomeOf(said, details.state, details.endTime), misfits };
}

/** The archived documents that say how a run ended; the paths are those of the REST API. */
function wantedDocuments(job: string, said: Said): Map<string, WantedDocument> {
  const documents: readonly WantedDocument[] = [
    { path: '/jobs/overview', required: true, parse: (value) => (said.listedIds = parseListedIds(value)) },
    { path: job, required: true, cuts: PLAN_AND_METRICS, parse: (value) => (said.details = parseJobDetails(value)) },
    {
      path: `${job}/checkpoints`,
      required: false,
      cuts: BUT_LATEST_CHECKPOINTS,
      parse: (value) => (said.checkpoints = parseCheckpointStatistics(value)),
    },
    {
      path: `${job}/checkpoints/config`,
      required: false,
      parse: (value) => (said.checkpointConfig = parseCheckpointConfig(value)),
    },
    {
      path: `${job}/exceptions`,
      required: false,
      cuts: BUT_NEWEST_FAILURE,
      parse: (value) => (said.exceptions = parseExceptionHistory(value)),
    },
  ];
  return new Map(documents.map((document) => [document.path, document]));
}

function outcomeOf(said: JobDocuments, status: EndedStatus, endTime: number): ArchiveOutcome {
  const { details, checkpoints, checkpointConfig, exceptions } = said;
  const lastFailure = exceptions && lastFailureOf(exceptions);
  return {
    jobId: details.jobId,
    name: details.name,
    status,
    startTime: details.startTime,
    endTime,
    reachedRunning: details.timestamps.RUNNING !== undefined,
    ...optional('jobType', details.jobType),
    ...optional('scheduler', details.scheduler),
    ...optional('applicationId', details.applicationId),
    tasks: details.tasks,
    ...optional('checkpoints', checkpoints),
    ...optional('checkpointConfig', checkpointConfig),
    failures: exceptions?.entries.length ?? 0,
    ...optional('lastFailure', lastFailure),
  };
}

function parseJson(path: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new MedicError('not_json', `${path}: not JSON`, { cause });
  }
}
