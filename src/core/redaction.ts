/**
 * Hides secrets in what is shown and written of a submission. It is a net, not a promise: a secret under an innocent name
 * is shown, so the place for secrets is the JobManager's own configuration.
 */

/** Flink's `GlobalConfiguration.SENSITIVE_KEYS`, and what arguments are called. */
const SENSITIVE =
  'password|passwd|pwd|secret|token|credential|api-?key|account\\.key|private-?key|service-key|auth-params|basic-auth|jaas\\.config|http-headers';
const SENSITIVE_NAME = new RegExp(SENSITIVE, 'i');
/** A name with its value, as in `--db.password=x`, `?token=x` and JSON: nobody can tell where the value ends. */
const SENSITIVE_PAIR = new RegExp(`((?:${SENSITIVE})[\\w.-]*["']?\\s*[=:]\\s*).+`, 'is');
/** The password of a URL. */
const USER_INFO = /(\/\/[^/@:\s]*:)[^/@\s]+(?=@)/g;

/** What Flink writes in its place. */
const HIDDEN = '******';

export function withoutSecrets(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, SENSITIVE_NAME.test(key) ? HIDDEN : cleaned(value)]),
  );
}

/** Of the arguments of a program: `--password=x` and `--password x`. */
export function argsWithoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    const isValue = before.startsWith('-') && !before.includes('=') && SENSITIVE_NAME.test(before);
    return isValue ? HIDDEN : cleaned(arg);
  });
}

/** Of any text, as of what a program says of its arguments when it fails. */
export function cleaned(text: string): string {
  return text.replace(SENSITIVE_PAIR, `$1${HIDDEN}`).replaceAll(USER_INFO, `$1${HIDDEN}`);
}
