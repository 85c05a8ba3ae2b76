/** Renders records over one subject that has no labels of its own: the process, or one probe. */

import type { FamilyRecord, FamilyText } from './family.ts';
import { LineBuffer } from './line-buffer.ts';
import { compileFamily } from './render-family.ts';

/** The lines of each family, without those that have no samples now. */
export function renderRecords<Subject>(records: readonly FamilyRecord<Subject>[], subject: Subject): FamilyText[] {
  const lines = new LineBuffer();
  return records
    .map((family) => ({ family, pieces: [compileFamily(family, [], lines).render([subject], [Buffer.of()])] }))
    .filter(({ pieces: [piece] }) => piece !== undefined && piece.length > 0);
}
