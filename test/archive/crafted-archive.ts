/** Archives in Flink's exact format and entry order, small unless asked otherwise, for the tests of this folder. */

export interface ArchiveEntry {
  readonly path: string;
  readonly json: string;
}

export interface CraftedJob {
  readonly jobId: string;
  readonly name?: string;
  readonly state?: string;
  readonly endTime?: number;
  /** The job id inside the documents, when it is not that of the paths. */
  readonly namedId?: string;
  /** Size of the bulk after the wanted documents, in bytes. */
  readonly bulk?: number;
}

export const START = 1_700_000_000_000;
export const END = START + 60_000;

/** A job id that ends in `number`. */
export function jobIdOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** The entries in the order of `WebMonitorEndpoint#archiveJsonWithPath`. */
export function craftEntries(job: CraftedJob): ArchiveEntry[] {
  const { jobId, name = 'orders', state = 'FAILED', endTime = END, namedId = jobId, bulk = 1_000 } = job;
  const at = `/jobs/${jobId}`;
  const times = { 'start-time': START, 'end-time': endTime, duration: endTime - START };
  const attempts = Array.from({ length: Math.ceil(bulk / ATTEMPT_BYTES) }, (_, subtask) =>
    entry(`${at}/vertices/cbc357ccb763df2852fee8c4fc7d55f2/subtasks/${subtask}/attempts/0`, attempt(subtask)),
  );
  return [
    entry(`${at}/jobmanager/environment`, {
      jvm: { version: 'OpenJDK 17', options: ['-Xmx768m'] },
      classpath: ['/a.jar'],
    }),
    entry('/jobs/overview', {
      jobs: [{ jid: namedId, name, state, ...times, 'last-modification': endTime, tasks: TASKS }],
    }),
    entry(`${at}/config`, { jid: namedId, name, 'execution-config': {} }),
    entry(`${at}/checkpoints/config`, CHECKPOINT_CONFIG),
    entry(`${at}/checkpoints`, CHECKPOINTS),
    entry(`${at}/plan`, { plan: { jid: namedId, name, nodes: [] } }),
    entry(`${at}/exceptions`, { exceptionHistory: { entries: FAILURES, truncated: false } }),
    entry(at, {
      jid: namedId,
      name,
      isStoppable: false,
      state,
      'job-type': 'STREAMING',
      ...times,
      maxParallelism: -1,
      now: endTime + 5,
      timestamps: { INITIALIZING: START, CREATED: START + 1, RUNNING: START + 2, [state]: endTime, RESTARTING: 0 },
      vertices: [{ id: 'cbc357ccb763df2852fee8c4fc7d55f2', name: 'Source', status: 'FAILED', tasks: VERTEX_TASKS }],
      'status-counts': {},
      plan: {},
    }),
    ...attempts,
    entry(`${at}/jobmanager/config`, [{ key: 'rest.port', value: '8081' }]),
  ];
}

/** Exactly as Flink writes it: no spaces, path before json. */
export function archiveText(entries: readonly ArchiveEntry[]): string {
  return `{"archive":[${entries.map((one) => JSON.stringify(one)).join(',')}]}`;
}

/** A whole archive of `job`. */
export function craftArchive(job: CraftedJob): string {
  return archiveText(craftEntries(job));
}

function entry(path: string, document: unknown): ArchiveEntry {
  return { path, json: JSON.stringify(document) };
}

const TASKS = { total: 4, created: 0, running: 0, finished: 0, canceled: 3, failed: 1 };
const VERTEX_TASKS = { CREATED: 0, RUNNING: 0, FINISHED: 0, CANCELED: 3, FAILED: 1 };

const CHECKPOINT_CONFIG = {
  mode: 'exactly_once',
  interval: 2_000,
  timeout: 600_000,
  externalization: { enabled: true, delete_on_cancellation: false },
};

const SNAPSHOT = {
  className: 'completed',
  id: 7,
  status: 'COMPLETED',
  is_savepoint: false,
  trigger_timestamp: START + 50_000,
  latest_ack_timestamp: START + 50_040,
  checkpointed_size: 1_024,
  state_size: 1_024,
  end_to_end_duration: 40,
  external_path: 'file:/checkpoints/chk-7',
  discarded: false,
};

const CHECKPOINTS = {
  counts: { restored: 3, total: 8, in_progress: 0, completed: 7, failed: 1 },
  latest: { completed: SNAPSHOT, savepoint: null, failed: null, restored: null },
  history: [SNAPSHOT],
};

const BOOM = `java.lang.IllegalStateException: "boom" – é
\tat com.example.Orders.map(Orders.java:17)
\tat java.base/java.lang.Thread.run(Thread.java:840)
`;

const FAILURES = [
  {
    exceptionName: 'org.apache.flink.runtime.JobException',
    stacktrace: `org.apache.flink.runtime.JobException: Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=1, backoffTimeMS=1000)
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handleFailure(ExecutionFailureHandler.java:219)
Caused by: ${BOOM}`,
    timestamp: END - 10,
    failureLabels: {},
    concurrentExceptions: [failure(1, END - 10)],
  },
  { ...failure(0, START + 20_000), concurrentExceptions: [] },
];

function failure(execution: number, timestamp: number): object {
  return {
    exceptionName: 'java.lang.IllegalStateException',
    stacktrace: BOOM,
    timestamp,
    taskName: `Source (1/4) - execution #${execution}`,
    failureLabels: {},
  };
}

const ATTEMPT_BYTES = 500;

function attempt(subtask: number): object {
  return {
    subtask,
    status: 'CANCELED',
    attempt: 0,
    endpoint: 'localhost:34567',
    'start-time': START,
    'end-time': END,
    duration: END - START,
    metrics: { 'read-bytes': 0, 'read-bytes-complete': true, 'write-bytes': 12, 'accumulated-busy-time': 'NaN' },
    'taskmanager-id': 'localhost:34567-abcdef',
    'status-duration': { INITIALIZING: 6, CANCELED: -1, RUNNING: 3 },
  };
}
