/** The value of `--web.route-prefix` in its one form: empty, or with a slash in front and none behind. */

import { MedicError } from '../core/errors.ts';

/**
 * @throws MedicError `config` when a segment has other characters than letters, digits, `-`, `.`, `_` and `~` (those that
 *   no URL encodes, RFC 3986 2.3), or is `.` or `..`, which clients resolve away
 */
export function parseRoutePrefix(text: string): string {
  const segments = text.split('/').filter((segment) => segment !== '');
  const wrong = segments.find((segment) => !/^[\w.~-]+$/.test(segment) || segment === '.' || segment === '..');
  if (wrong !== undefined) {
    throw new MedicError(
      'config',
      `--web.route-prefix: ${JSON.stringify(text)} is not a path of letters, digits, "-", ".", "_", "~" and "/", like /flink-medic`,
    );
  }
  return segments.map((segment) => `/${segment}`).join('');
}
