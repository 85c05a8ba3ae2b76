/** The versions whose REST answers and archives the fake can imitate, oldest first. */
export const FLINK_VERSIONS = ['1.18', '1.19', '1.20', '2.0', '2.1', '2.2', '2.3'] as const;

export type FlinkVersion = (typeof FLINK_VERSIONS)[number];

export function atLeast(version: FlinkVersion, since: FlinkVersion): boolean {
  return FLINK_VERSIONS.indexOf(version) >= FLINK_VERSIONS.indexOf(since);
}
