/** Failures as a fake job reports them: the exception history's entries, with Flink's own wrapper for the last one. */

export interface FakeFailure {
  /** Class name. */
  readonly exception?: string;
  readonly message?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface FakeExceptionEntry {
  readonly exceptionName: string;
  readonly stacktrace: string;
  readonly timestamp: number;
  readonly taskName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly concurrent: readonly FakeExceptionEntry[];
}

/** The failure of one task in one attempt of the job. */
export function taskFailure(
  failure: FakeFailure,
  vertex: string,
  attempt: number,
  timestamp: number,
): FakeExceptionEntry {
  const { exception = 'java.lang.RuntimeException', message = 'injected', labels = {} } = failure;
  return {
    exceptionName: exception,
    stacktrace: `${exception}: ${message}\n\tat medic.job.Source.map(Source.java:42)\n`,
    timestamp,
    taskName: `${vertex} (1/1) - execution #${attempt}`,
    labels,
    concurrent: [],
  };
}

/** The newest entry of a job that failed for good: no task, the real failure as cause and as concurrent failure. */
export function recoverySuppressed(cause: FakeExceptionEntry, attempts: number): FakeExceptionEntry {
  const wrapper = 'org.apache.flink.runtime.JobException';
  const strategy = `FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=${attempts}, backoffTimeMS=1000)`;
  return {
    exceptionName: wrapper,
    stacktrace:
      `${wrapper}: Recovery is suppressed by ${strategy}\n` +
      `\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handleFailure(ExecutionFailureHandler.java:219)\n` +
      `Caused by: ${cause.stacktrace}`,
    timestamp: cause.timestamp,
    labels: cause.labels,
    concurrent: [cause],
  };
}

/** What a submission with a savepoint path that does not exist leaves. */
export function initialisationFailure(path: string, timestamp: number): FakeExceptionEntry {
  const missing = `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`;
  const wrapper = 'org.apache.flink.runtime.client.JobInitializationException';
  return {
    exceptionName: wrapper,
    stacktrace:
      `${wrapper}: Could not start the JobMaster.\n\tat org.apache.flink.runtime.jobmaster.DefaultJobMasterServiceProcess.lambda$new$0(DefaultJobMasterServiceProcess.java:97)\n` +
      `Caused by: java.util.concurrent.CompletionException: java.lang.RuntimeException: ${missing}\n` +
      `Caused by: java.lang.RuntimeException: ${missing}\n` +
      `Caused by: ${missing}\n`,
    timestamp,
    labels: {},
    concurrent: [],
  };
}
