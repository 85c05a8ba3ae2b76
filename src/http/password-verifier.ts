/**
 * Checks user and password against the bcrypt hashes of a web configuration, like exporter-toolkit's `web/handler.go`.
 * One comparison costs 50 ms to seconds of a processor, so: one at a time, a bounded queue in which no client address has
 * more than its share, equal questions that arrive together share one, and answers are remembered, under the hash that
 * they were given for. Kept are only HMACs under a key of this object, never passwords.
 * Right and wrong answers are bounded apart, so that guessing never pushes out those who know the password.
 */

import { createHmac, randomBytes } from 'node:crypto';
import { ipKeyGenerator } from 'express-rate-limit';
import pLimit from 'p-limit';

/** Comparisons that run or wait. */
const MAX_PENDING = 16;
/** Of them for one client address, so that one who guesses leaves room for the others. */
const MAX_PENDING_OF_ADDRESS = 4;
const MAX_REMEMBERED = 100;

/** User → bcrypt hash. */
export type Users = ReadonlyMap<string, string>;

export interface Login {
  readonly user: string;
  readonly password: string;
  /** Of the client; of IPv6 a /56 network counts as one. */
  readonly address: string;
}

interface Comparison {
  readonly address: string;
  readonly right: Promise<boolean>;
}

export type Verdict = 'right' | 'wrong' | 'busy';

/** bcrypt's comparison; must take as long for a wrong password as for a right one. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export class PasswordVerifier {
  readonly #compare: ComparePassword;
  readonly #key = randomBytes(32);
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #pending = new Map<string, Comparison>();
  readonly #oneAtATime = pLimit(1);

  constructor(compare: ComparePassword) {
    this.#compare = compare;
  }

  /**
   * `busy` when too many comparisons wait already: the client should try again.
   * @param users at least one
   */
  async verify({ user, password, address }: Login, users: Users): Promise<Verdict> {
    const hash = users.get(user);
    const id = createHmac('sha256', this.#key)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (this.#right.has(id)) return 'right';
    if (this.#wrong.has(id)) return 'wrong';
    const pending = this.#pending.get(id);
    if (pending) return verdict(await pending.right);
    const client = ipKeyGenerator(address);
    if (!this.#hasRoomFor(client)) return 'busy';

    const comparison = this.#oneAtATime(async () => {
      const equal = await this.#compare(password, hash ?? dummyHash(users.values()));
      return equal && hash !== undefined;
    });
    this.#pending.set(id, { address: client, right: comparison });
    try {
      const right = await comparison;
      remember(right ? this.#right : this.#wrong, id);
      return verdict(right);
    } finally {
      this.#pending.delete(id);
    }
  }

  #hasRoomFor(client: string): boolean {
    const own = this.#pending.values().filter(({ address }) => address === client);
    return this.#pending.size < MAX_PENDING && own.toArray().length < MAX_PENDING_OF_ADDRESS;
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
