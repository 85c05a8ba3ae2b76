/** `GET /overview` (`ClusterOverviewWithVersion` of `runtime/rest/handler/legacy/messages`). */

import type { ClusterOverview } from '../../core/facts.ts';
import { optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { count, object } from './shapes.ts';

const overviewSchema = object({
  taskmanagers: count,
  'slots-total': count,
  'slots-available': count,
  'flink-version': optionalText,
  'flink-commit': optionalText,
});

/**
 * @param value the parsed JSON
 * @throws {MedicError} `schema`
 */
export function parseClusterOverview(value: unknown): ClusterOverview {
  const overview = parseDocument(overviewSchema, value, '/overview');
  return {
    taskmanagers: overview.taskmanagers,
    slots: overview['slots-total'],
    slotsAvailable: overview['slots-available'],
    version: overview['flink-version'] ?? '',
    commit: overview['flink-commit'] ?? '',
  };
}
