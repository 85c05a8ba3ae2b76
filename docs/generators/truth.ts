/** The table of rules in docs/truth.md. */

import { RULES } from '../../src/core/rules.ts';
import { tableRow } from './generated-file.ts';
import { generatedPart } from './generated-part.ts';

export const rulesPart = generatedPart('docs/truth.md', 'rules', () => [
  tableRow(['rule', 'what was seen, and what follows']),
  tableRow(['---', '---']),
  ...Object.entries(RULES).map(([rule, meaning]) => tableRow([`\`${rule}\``, meaning])),
]);
