/**
 * Turns family records into sample lines, which are the same bytes in text 0.0.4 and OpenMetrics 1.0: only headers and
 * the end of the page differ. Called by the chunk store for Flink facts and by the own metrics.
 */

import { escapeLabelValue } from './escape.ts';
import type { Emit, FamilyRecord } from './family.ts';
import { formatValue } from './format-value.ts';

/** Renders the lines of one family for a list of subjects; `commonLabels[i]` is `renderLabels` of `subjects[i]`. */
export type RenderFamily<Subject> = (subjects: readonly Subject[], commonLabels: readonly string[]) => string;

/** `flink_cluster="prod",job_id="…"`: what all lines of one subject have in common, made once for all its families. */
export function renderLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length !== values.length) {
    throw new TypeError(`${values.length} values for the ${names.length} labels ${names.join(', ')}`);
  }
  return names.map((name, index) => `${name}="${escapeLabelValue(values[index] ?? '')}"`).join(',');
}

/**
 * Prepares a record for rendering; what does not change from line to line is put together here. The first labels of the
 * record must be the common ones.
 *
 * @throws TypeError when they are not, and while rendering when a record gives another number of own label values than
 *   it has own labels: both are mistakes in a record, which the test of its exposition finds.
 */
export function compileFamily<Subject>(
  record: FamilyRecord<Subject>,
  commonNames: readonly string[],
): RenderFamily<Subject> {
  if (commonNames.some((name, index) => record.labels[index] !== name)) {
    throw new TypeError(`the labels of ${record.name} do not begin with ${commonNames.join(', ')}`);
  }
  const own = record.labels.slice(commonNames.length);
  const ownOpenings = own.map((name, index) => `${commonNames.length + index > 0 ? ',' : ''}${name}="`);
  const opening = record.labels.length > 0 ? `${record.name}{` : record.name;
  const closing = record.labels.length > 0 ? '} ' : ' ';

  let text = '';
  let common = '';
  const emit: Emit = (value, ...ownValues) => {
    if (value === undefined) return;
    if (ownValues.length !== own.length) {
      throw new TypeError(`${ownValues.length} values for the own labels of ${record.name}: ${own.join(', ')}`);
    }
    let line = opening + common;
    for (let index = 0; index < ownOpenings.length; index++) {
      line += `${ownOpenings[index]}${escapeLabelValue(ownValues[index] ?? '')}"`;
    }
    text += `${line}${closing}${formatValue(value)}\n`;
  };

  return (subjects, commonLabels) => {
    text = '';
    for (const [index, subject] of subjects.entries()) {
      common = commonLabels[index] ?? '';
      record.write(emit, subject);
    }
    return text;
  };
}
