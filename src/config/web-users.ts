/** `basic_auth_users` of the web configuration file: users and the bcrypt hashes of their passwords. */

import { z } from 'zod';

/** The last character of the salt carries two bits; bcryptjs never matches a hash where the other four are not zero. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/;

/** Costs that bcrypt has, up to what a login can wait for: each step doubles the time, 18 takes a quarter of a minute. */
const COSTS = { min: 4, max: 18 };

export const usersSchema = z
  .record(z.string(), z.unknown())
  .transform((entries, context): ReadonlyMap<string, string> => {
    const users = new Map<string, string>();
    for (const [user, hash] of Object.entries(entries)) {
      const problem = userProblem(user, hash);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [user], message: problem });
      else users.set(user, String(hash));
    }
    return users;
  });

/** Never quotes the value: it may be somebody's password. */
function userProblem(user: string, hash: unknown): string | undefined {
  if (user.includes(':')) return 'a user with a colon in the name can never log in (RFC 7617)';
  const cost = typeof hash === 'string' ? BCRYPT.exec(hash)?.[1] : undefined;
  if (cost === undefined) {
    return "is not a bcrypt hash; make one with: htpasswd -nBC 10 '' | tr -d ':\\n'";
  }
  if (Number(cost) < COSTS.min || Number(cost) > COSTS.max) {
    return `is a bcrypt hash of cost ${cost}; use ${COSTS.min} to ${COSTS.max}, usual is 10`;
  }
  return undefined;
}
