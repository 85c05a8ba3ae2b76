/** What the restart bridge needs of a configured cluster; `src/app/` gives it its cluster units. */

import type { RememberedRuns } from '../core/remembered-runs.ts';
import type { ClusterStatus } from '../core/cluster-status.ts';
import type { JobManagerClient } from '../flink/job-manager-client.ts';

/** One JobManager address, with connections of its own: a slow submission never delays an observation. */
export interface ActingJobManager {
  readonly address: string;
  readonly api: JobManagerClient;
}

export interface WatchedCluster {
  readonly name: string;
  readonly history: Pick<RememberedRuns, 'runs' | 'runsOf' | 'generations' | 'newest'>;
  readonly status: ClusterStatus;
  /** All addresses of the cluster; none when only archives are watched. */
  readonly jobManagers: readonly ActingJobManager[];
  /** The present moment in the JobManager's clock, milliseconds. */
  jobManagerNow(): number;
  /** Brings the next observation forward. */
  observeSoon(): void;
}
