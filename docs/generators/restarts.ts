/** The tables of reasons and of failed attempts in docs/restarts.md. */

import { ATTEMPT_FAILURES, REASONS } from '../../src/core/restart/reasons.ts';
import { tableRow } from './generated-file.ts';
import { generatedPart } from './generated-part.ts';

export const reasonsPart = generatedPart('docs/restarts.md', 'reasons', () => [
  tableRow(['reason', 'stage', 'then', 'what it means', 'what to do']),
  tableRow(['---', '---', '---', '---', '---']),
  ...Object.entries(REASONS).map(([reason, { stage, decision, text, advice }]) =>
    tableRow([`\`${reason}\``, stage.replaceAll('_', ' '), decision, text, advice]),
  ),
]);

export const attemptFailuresPart = generatedPart('docs/restarts.md', 'failures', () => [
  tableRow(['failure', 'what it means']),
  tableRow(['---', '---']),
  ...Object.entries(ATTEMPT_FAILURES).map(([failure, meaning]) => tableRow([`\`${failure}\``, meaning])),
]);
