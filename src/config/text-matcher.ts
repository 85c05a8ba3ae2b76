/** Texts of policies that stand for themselves or, between slashes, for a regular expression; used by `policy-schema.ts`. */

import { RE2JS, RE2JSSyntaxException } from 're2js';

import { boundLabel } from '../core/label-value.ts';
import type { TextMatcher } from '../core/restart/policy.ts';
import { refuse, text } from './scalars.ts';

/** Bounds the time of compiling, to some tenths of a second. */
const MAX_EXPRESSION = 1_000;
/** Bounds the time and memory of matching: repetitions such as `\pL{1000}` unfold, and matching holds up everything else. */
const MAX_PROGRAM = 10_000;

/** Its JSON is what was written, so that two can be compared. */
class WrittenText implements TextMatcher {
  readonly source: string;
  readonly #matches: (value: string) => boolean;

  constructor(source: string, matches: (value: string) => boolean) {
    this.source = source;
    this.#matches = matches;
  }

  matches(value: string): boolean {
    return this.#matches(value);
  }
}

/**
 * A text itself, or `/…/`: an RE2 expression that must match the whole value, `.` line breaks too. Values are compared in
 * the form of label values (`boundLabel`). RE2 takes linear time, whatever the expression and the value.
 * Source: https://github.com/google/re2/wiki/Syntax
 */
export const textMatcher = text
  .transform((written, context): TextMatcher => {
    if (!written.startsWith('/')) {
      const bounded = boundLabel(written);
      return new WrittenText(written, (value) => value === bounded);
    }
    const expression = /^\/(.+)\/$/s.exec(written)?.[1];
    if (expression === undefined) {
      return refuse(
        context,
        'must end in / as it begins: a regular expression stands between slashes, as in /orders-.*/',
      );
    }
    if (expression.length > MAX_EXPRESSION) return refuse(context, `must have at most ${MAX_EXPRESSION} characters`);
    try {
      const compiled = RE2JS.compile(expression, RE2JS.DOTALL);
      if (compiled.programSize() > MAX_PROGRAM) return refuse(context, 'is too large with its repetitions unfolded');
      return new WrittenText(written, (value) => compiled.testExact(value));
    } catch (error) {
      if (!(error instanceof RE2JSSyntaxException)) throw error;
      return refuse(context, `is not a regular expression of RE2: ${error.error}`);
    }
  })
  .meta({
    id: 'matcher',
    description: 'A text itself, or between slashes a regular expression (RE2) that must match the whole value',
  });
