/** Escapes text for the two exposition formats. Source: Prometheus "Text format details", OpenMetrics 1.0 ABNF. */

import { boundLabel } from '../core/label-value.ts';

const LABEL_SPECIAL = /[\\"\n]/;

/** A label value, bounded and escaped alike for both formats: nothing reaches the page without passing here. */
export function escapeLabelValue(value: string): string {
  const bounded = boundLabel(value);
  return LABEL_SPECIAL.test(bounded) ? escapeQuoted(bounded) : bounded;
}

/** HELP of text 0.0.4, where a quotation mark stands for itself. */
export function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** HELP of OpenMetrics and label values of both formats. */
export function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
