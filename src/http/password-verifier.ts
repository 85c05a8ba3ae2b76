/**
 * Checks user and password against the bcrypt hashes of a web configuration, like exporter-toolkit's `web/handler.go`.
 * One comparison costs 50 ms to seconds of the main thread, so: one at a time, a bounded queue, equal questions that
 * arrive together share one, and answers are remembered. Kept are only HMACs under a key of this object, never passwords.
 * Right and wrong answers are bounded apart, so that guessing never pushes out those who know the password.
 */

import { createHmac, randomBytes } from 'node:crypto';
import pLimit from 'p-limit';

/** Comparisons that run or wait. */
const MAX_PENDING = 16;
const MAX_REMEMBERED = 100;

export type Verdict = 'right' | 'wrong' | 'busy';

/** bcrypt's comparison; must take as long for a wrong password as for a right one. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export class PasswordVerifier {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: ComparePassword;
  readonly #unknownUserHash: string;
  readonly #key = randomBytes(32);
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #pending = new Map<string, Promise<boolean>>();
  readonly #oneAtATime = pLimit(1);

  /** @param users user → bcrypt hash, at least one */
  constructor(users: ReadonlyMap<string, string>, compare: ComparePassword) {
    this.#users = users;
    this.#compare = compare;
    this.#unknownUserHash = dummyHash(users.values());
  }

  /** `busy` when too many comparisons wait already: the client should try again. */
  async verify(user: string, password: string): Promise<Verdict> {
    const id = createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password]))
      .digest('base64');
    if (this.#right.has(id)) return 'right';
    if (this.#wrong.has(id)) return 'wrong';
    const pending = this.#pending.get(id);
    if (pending) return verdict(await pending);
    if (this.#pending.size >= MAX_PENDING) return 'busy';

    const comparison = this.#oneAtATime(async () => {
      const hash = this.#users.get(user);
      const equal = await this.#compare(password, hash ?? this.#unknownUserHash);
      return equal && hash !== undefined;
    });
    this.#pending.set(id, comparison);
    try {
      const right = await comparison;
      remember(right ? this.#right : this.#wrong, id);
      return verdict(right);
    } finally {
      this.#pending.delete(id);
    }
  }
}

function verdict(right: boolean): Verdict {
  return right ? 'right' : 'wrong';
}

/** A hash that costs as much as the dearest real one, so that the time of an answer does not tell which users exist. */
function dummyHash(hashes: Iterable<string>): string {
  const cost = Iterator.from(hashes).reduce(
    (dearest, hash) => (hash.slice(4, 6) > dearest ? hash.slice(4, 6) : dearest),
    '04',
  );
  return `$2b$${cost}$${'.'.repeat(53)}`;
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size > MAX_REMEMBERED) {
    const [oldest] = ids;
    if (oldest !== undefined) ids.delete(oldest);
  }
}
