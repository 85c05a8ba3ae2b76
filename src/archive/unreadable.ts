/** Why a file is no archive. The reader and the threads say it, the metrics and their documents name the reasons. */

/** Why a file under the name of a job is no archive of it. `io` may pass; the others stay until the file changes. */
export const UNREADABLE_REASONS = {
  not_a_file: 'It is a link, a FIFO, a socket or a folder.',
  too_large: 'The file, or a document in it, is larger than the limit.',
  not_json: 'It is not JSON, or not a list of archived documents.',
  missing_entry: 'It is complete but lacks /jobs/overview or /jobs/:jobid.',
  schema: 'A field of the job is missing or has another type than Flink documents.',
  other_job: 'It is the archive of another job than its file name says.',
  not_ended: 'Its job is not FINISHED, FAILED or CANCELED.',
  io: 'The operating system refused to open or to read it.',
} as const;
export type UnreadableReason = keyof typeof UNREADABLE_REASONS;

export interface Unreadable {
  readonly kind: 'unreadable';
  readonly reason: UnreadableReason;
  /** For people: what exactly, and where. */
  readonly detail: string;
}

export function unreadable(reason: UnreadableReason, detail: string): Unreadable {
  return { kind: 'unreadable', reason, detail };
}
