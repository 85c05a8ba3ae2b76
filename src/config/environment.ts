/** Values of a configuration may name environment variables; called for every string value by `yaml-values.ts`. */

/** The environment, `process.env` in production. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${NAME}` by the variable's value, and `$${` by a literal `${`. What is put in is never looked at again.
 * `problem` is called once for every reference that cannot be replaced.
 */
export function replaceVariables(text: string, env: Environment, problem: (what: string) => void): string {
  return text.replaceAll(REFERENCE, (reference: string, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '${';
    if (end === '' || !NAME.test(name)) {
      problem('"${" must be followed by the name of an environment variable and "}"; "$${" stands for a literal "${"');
      return reference;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) {
      problem(`the environment variable ${name} is not set; set it, or write "$\${" for a literal "\${"`);
      return reference;
    }
    return value;
  });
}
