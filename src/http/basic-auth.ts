/** HTTP basic authentication (RFC 7617) for every route that comes after it. */

import type { RequestHandler } from 'express';
import type { Login, Users, Verdict } from './password-verifier.ts';
import { sendProblem } from './problem.ts';

export interface CredentialVerifier {
  verify(login: Login, users: Users): Promise<Verdict>;
}

/** @param users asked at each request, because a reload replaces them; with none everybody may do everything */
export function basicAuth(users: () => Users, verifier: CredentialVerifier): RequestHandler {
  return async (request, response, next) => {
    const current = users();
    if (current.size === 0) return next();
    const credentials = parseBasicCredentials(request.headers.authorization);
    const address = request.socket.remoteAddress ?? '';
    const verdict = credentials ? await verifier.verify({ ...credentials, address }, current) : 'wrong';
    switch (verdict) {
      case 'right':
        return next();
      case 'wrong':
        response.set('WWW-Authenticate', 'Basic realm="flink-medic", charset="UTF-8"');
        return sendProblem(response, {
          status: 401,
          detail: credentials ? 'User or password is wrong.' : 'This needs a user and a password.',
          advice: 'Send HTTP basic authentication with a user of basic_auth_users in --web.config.file.',
        });
      case 'busy':
        response.set('Retry-After', '1');
        return sendProblem(response, {
          status: 503,
          detail: 'Too many passwords are being checked.',
          advice: 'Try again in a second.',
        });
    }
  };
}

/** Undefined for whatever is not `Basic base64(user:password)`. The user ends at the first colon. */
export function parseBasicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^basic +([a-z\d+/]+=*) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
