/** docs/errors.md: the codes of errors, which are also values of metric labels. */

import { ERROR_CODES, OBSERVATION_FAILURES } from '../../src/core/errors.ts';
import { GENERATED_NOTE, type GeneratedFile, tableRow } from './generated-file.ts';

function render(): string {
  const reasons: readonly string[] = OBSERVATION_FAILURES;
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) =>
    tableRow([`\`${code}\``, reasons.includes(code) ? 'yes' : '', meaning]),
  );
  return `${[
    GENERATED_NOTE,
    '',
    '# Errors',
    '',
    'Every error of flink-medic has one of these codes. Messages may change, codes do not. A *reason* is also a value of',
    'the label `reason` of `flink_cluster_observation_failures_total`.',
    '',
    tableRow(['code', 'reason', 'meaning']),
    tableRow(['---', '---', '---']),
    ...rows,
  ].join('\n')}\n`;
}

export const errorsPage: GeneratedFile = { file: 'docs/errors.md', render };
