/** The Flink options that every cluster of this folder has. Called by `cluster.ts`; a test's own options win. */

import type { FlinkConfig } from './java.ts';

/** Quick to fail and to recover: three restarts a second apart, a checkpoint each second that outlives its job. */
export const BEHAVIOUR: FlinkConfig = {
  'execution.checkpointing.interval': '1s',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': 3,
  'restart-strategy.fixed-delay.delay': '1s',
  // Plain numbers are milliseconds in every version; "1s" is refused where the option is an old Long.
  'heartbeat.interval': 1000,
  'heartbeat.timeout': 10_000,
};

/** TaskManagerRunner refuses to start when one of these is missing (the scripts of a full distribution compute them). */
export const TASKMANAGER_RESOURCES: FlinkConfig = {
  'taskmanager.cpu.cores': 2,
  'taskmanager.memory.framework.heap.size': '128m',
  'taskmanager.memory.framework.off-heap.size': '64m',
  'taskmanager.memory.task.heap.size': '256m',
  'taskmanager.memory.task.off-heap.size': '0m',
  'taskmanager.memory.managed.size': '64m',
  'taskmanager.memory.network.min': '64m',
  'taskmanager.memory.network.max': '64m',
  'taskmanager.memory.jvm-metaspace.size': '256m',
  'taskmanager.memory.jvm-overhead.min': '192m',
  'taskmanager.memory.jvm-overhead.max': '192m',
};
