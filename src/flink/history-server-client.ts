/**
 * The routes of a Flink HistoryServer: those of a JobManager that are about one ended job, and its list. Keeps its last
 * list, bounded by the size of an answer. Used by the source of archives at a History Server.
 */

import { documentOf } from './answer.ts';
import { type ArchivedJobs, parseArchivedJobs } from './documents/archived-jobs.ts';
import { JobManagerClient } from './job-manager-client.ts';

export class HistoryServerClient extends JobManagerClient {
  #last: ArchivedJobs | undefined;
  #validator: string | undefined;

  /**
   * `GET /jobs/overview`, which is a file that it writes anew when it has found archives: if that has not changed since the
   * last call, it is not sent again.
   *
   * @returns the same object as before when nothing changed
   */
  archivedJobs(signal?: AbortSignal): Promise<ArchivedJobs> {
    const last = this.#last;
    return this.rest.get(
      '/jobs/overview',
      (answer) => {
        if (answer.status === 304 && last !== undefined) return last;
        this.#last = parseArchivedJobs(documentOf(answer));
        this.#validator = answer.validator;
        return this.#last;
      },
      signal,
      last === undefined || this.#validator === undefined ? {} : { 'if-modified-since': this.#validator },
    );
  }
}
