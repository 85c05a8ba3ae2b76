/** Renders records over one subject that has no labels of its own: the process, or one probe. */

import type { FamilyRecord, FamilyText } from './family.ts';
import { compileFamily } from './render-family.ts';

/** The lines of each family, without those that have no samples now. */
export function renderRecords<Subject>(records: readonly FamilyRecord<Subject>[], subject: Subject): FamilyText[] {
  return records
    .map((family) => ({ family, pieces: [Buffer.from(compileFamily(family, [])([subject], ['']))] }))
    .filter(({ pieces: [lines] }) => lines !== undefined && lines.length > 0);
}
