/** What the observer needs of a JobManager: a narrow view of `JobManagerClient`. Every method throws a `MedicError`. */

import type {
  CheckpointConfig,
  CheckpointStatistics,
  ClusterOverview,
  ExceptionHistory,
  JobDetails,
} from '../core/facts.ts';
import type { DashboardConfig } from '../flink/documents/dashboard-config.ts';
import type { JobMetrics } from '../flink/documents/job-metrics.ts';
import type { JobsOverview } from '../flink/documents/jobs-overview.ts';

export interface JobManagerApi {
  overview(signal?: AbortSignal): Promise<ClusterOverview>;
  dashboardConfig(signal?: AbortSignal): Promise<DashboardConfig>;
  jobManagerConfig(signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  jobsOverview(signal?: AbortSignal): Promise<JobsOverview>;
  job(jobId: string, signal?: AbortSignal): Promise<JobDetails>;
  checkpoints(jobId: string, signal?: AbortSignal): Promise<CheckpointStatistics | undefined>;
  checkpointConfig(jobId: string, signal?: AbortSignal): Promise<CheckpointConfig | undefined>;
  exceptions(jobId: string, signal?: AbortSignal): Promise<ExceptionHistory>;
  metrics(jobId: string, signal?: AbortSignal): Promise<JobMetrics>;
  close(): Promise<void>;
}

/** A JobManager address and its client. */
export interface JobManager {
  readonly address: string;
  readonly api: JobManagerApi;
}
