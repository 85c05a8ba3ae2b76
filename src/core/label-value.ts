/**
 * The form in which text from outside (job names, class names, paths) becomes the value of a metric label, and in which
 * names that come in are looked up again. Called by the metric renderer for every value and by the look-ups of the API.
 */

import { hash } from 'node:crypto';

/** UTF-16 code units, JavaScript's `length`; at most three bytes each in UTF-8. */
const LONGEST = 200;
const KEPT = 191;
const DIGEST_DIGITS = 8;

/**
 * Bounds a label value: well-formed Unicode (each lone surrogate becomes U+FFFD) of at most 200 UTF-16 code units. A
 * longer one is cut to 191, or 190 where that would split a code point, and ends in `~` and the first 8 hexadecimal
 * digits of the SHA-256 of the whole well-formed value in UTF-8, so that values with one long beginning stay distinct.
 * Idempotent. Source: design/metrics.md, "Bounds".
 */
export function boundLabel(value: string): string {
  const wellFormed = value.toWellFormed();
  if (wellFormed.length <= LONGEST) return wellFormed;
  const digest = hash('sha256', wellFormed, 'hex').slice(0, DIGEST_DIGITS);
  return `${cutBetweenCodePoints(wellFormed, KEPT)}~${digest}`;
}

/** `text` is well-formed, so a high surrogate at the end can only be half of a pair. */
function cutBetweenCodePoints(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
