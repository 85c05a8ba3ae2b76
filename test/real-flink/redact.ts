/**
 * Takes the paths of this machine out of recorded documents; host names do not occur, since all of a cluster is on
 * `localhost`. Called by `record.ts`.
 */

import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { Cluster } from './cluster.ts';

/**
 * @returns replaces in text, escaped JSON included: what is put in and taken out contains no character that JSON escapes.
 *   Throws when text that was JSON is none afterwards.
 */
export function redactor({ directory, flink }: Cluster): (text: string) => string {
  const replacements: readonly (readonly [string, string])[] = [
    [directory, '/opt/flink/run'],
    [flink.lib, '/opt/flink/lib'],
    [dirname(dirname(flink.jdk.java)), '/opt/java'],
    [homedir(), '/home/flink'],
  ];
  return (text) => {
    const redacted = replacements.reduce((before, [from, to]) => before.replaceAll(from, to), text);
    JSON.parse(redacted);
    return redacted;
  };
}
