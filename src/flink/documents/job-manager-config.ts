/**
 * `GET /jobmanager/config` (`ConfigurationInfo` of `runtime/rest/messages`): the cluster's options, in which Flink
 * itself replaces secrets by `******`.
 */

import { optionalText } from './fields.ts';
import { parseDocument } from './parse-document.ts';
import { list, object, text } from './shapes.ts';

const configSchema = list(object({ key: text, value: optionalText }));

/**
 * @param value the parsed JSON
 * @returns option name to value, as written; options without a value are left out
 * @throws {MedicError} `schema`
 */
export function parseJobManagerConfig(value: unknown): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of parseDocument(configSchema, value, '/jobmanager/config')) {
    if (option.value !== undefined) {
      options.set(option.key, option.value);
    }
  }
  return options;
}
