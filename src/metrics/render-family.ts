/**
 * Turns family records into sample lines, which are the same bytes in text 0.0.4 and OpenMetrics 1.0: only headers and
 * the end of the page differ. Called by the chunk store for Flink facts and by the own metrics.
 */

import { escapeLabelValue } from './escape.ts';
import type { Emit, FamilyRecord } from './family.ts';
import type { LineBuffer } from './line-buffer.ts';

/** A family that is ready for rendering. */
export interface CompiledFamily<Subject> {
  /** Its lines for a list of subjects; `commonLabels[i]` is `renderLabels` of `subjects[i]`. */
  render(subjects: readonly Subject[], commonLabels: readonly Uint8Array[]): Buffer;
  /** Whether two subjects have other samples, their common labels left out. */
  differs(a: Subject, b: Subject): boolean;
}

/** Label values that are kept in their rendered form, for each family: more than any closed list of states has. */
const KEPT_VALUES = 32;

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
 * @param lines where they are put together
 * @throws TypeError when they are not, and while rendering when a record gives another number of own label values than
 *   it has own labels: both are mistakes in a record, which the test of its exposition finds.
 */
export function compileFamily<Subject>(
  record: FamilyRecord<Subject>,
  commonNames: readonly string[],
  lines: LineBuffer,
): CompiledFamily<Subject> {
  if (commonNames.some((name, index) => record.labels[index] !== name)) {
    throw new TypeError(`the labels of ${record.name} do not begin with ${commonNames.join(', ')}`);
  }
  const own = record.labels.slice(commonNames.length);
  const opening = Buffer.from(record.labels.length > 0 ? `${record.name}{` : record.name);
  const comma = commonNames.length > 0 && own.length > 0 ? ',' : '';
  const closing = record.labels.length > 0 ? '} ' : ' ';
  const kept = new Map<string, Uint8Array>();

  /** What stands between the common labels and the value. */
  const endingOf = (ownValues: readonly string[]): Uint8Array => {
    const [only = '', ...more] = ownValues;
    const known = more.length > 0 ? undefined : kept.get(only);
    if (known !== undefined) return known;
    const ending = Buffer.from(`${comma}${renderLabels(own, ownValues)}${closing}`);
    if (more.length === 0 && kept.size < KEPT_VALUES) kept.set(only, ending);
    return ending;
  };

  let common: Uint8Array = Buffer.of();
  const emit: Emit = (value, ...ownValues) => {
    if (value === undefined) return;
    if (ownValues.length !== own.length) {
      throw new TypeError(`${ownValues.length} values for the own labels of ${record.name}: ${own.join(', ')}`);
    }
    lines.add(opening, common, endingOf(ownValues), value);
  };

  /** What the first of two subjects shows, one after the other: each value, and its own label values after it. */
  const parts: (number | string)[] = [];
  let count = 0;
  const note = (part: number | string): void => {
    parts[count++] = part;
  };
  const collect: Emit = (value, ...ownValues) => {
    if (value === undefined) return;
    note(value);
    for (const ownValue of ownValues) note(ownValue);
  };
  let compared = 0;
  let alike = true;
  const check = (part: number | string): void => {
    alike &&= compared < count && Object.is(parts[compared], part);
    compared += 1;
  };
  const compare: Emit = (value, ...ownValues) => {
    if (value === undefined) return;
    check(value);
    for (const ownValue of ownValues) check(ownValue);
  };

  return {
    render: (subjects, commonLabels) => {
      lines.clear();
      for (const [index, subject] of subjects.entries()) {
        common = commonLabels[index] ?? common;
        record.write(emit, subject);
      }
      return lines.copy();
    },
    differs: (a, b) => {
      [count, compared, alike] = [0, 0, true];
      record.write(collect, a);
      record.write(compare, b);
      return !alike || compared < count;
    },
  };
}
