/**
 * Who may deliver alerts or give orders: the callers that the sections `webhook` and `api` of the configuration name, by
 * token, user and password, or client certificate. They are others than the users of the web configuration. Secrets are
 * read at each request and compared in constant time; it keeps only how often log-ins failed. Called by the routes, before
 * they read a body.
 */

import { hash, timingSafeEqual } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Request, Response } from 'express';
import type { CallerConfig, Secret } from '../config/config.ts';
import { parseBasicCredentials } from './basic-auth.ts';
import { FailedLogins } from './failed-logins.ts';
import { type ErrorLogger, sendProblem } from './problem.ts';
import { subjectAltNames } from './subject-alt-names.ts';

export type CallerRejection = 'unauthenticated' | 'forbidden' | 'rate_limited' | 'unavailable';

export interface CallerAuthOptions {
  /** The section of the configuration, for the advice. */
  readonly section: 'webhook' | 'api';
  /** Asked at each request, because a reload replaces it. */
  readonly callers: () => CallerConfig;
  readonly readSecret: (secret: Secret) => Promise<string>;
  /** Whether the server checks client certificates against an authority of the operator's (`client_ca`). */
  readonly verifiesClients: () => boolean;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  readonly rejected: (reason: CallerRejection) => void;
  readonly logger: ErrorLogger;
}

/** Resolves to the name of the caller, or to undefined after it has refused the request. */
export type CallerAuth = (request: Request, response: Response) => Promise<string | undefined>;

export function callerAuth(options: CallerAuthOptions): CallerAuth {
  const { section, callers, verifiesClients, rejected, logger } = options;
  const failedLogins = new FailedLogins(options.now);
  return async (request, response) => {
    const allowed = callers();
    const { basicAuth, authorization, clientAllowedSans } = allowed;
    const byCertificate = verifiesClients() && clientAllowedSans.length > 0;
    if (basicAuth === undefined && authorization === undefined && !byCertificate) {
      rejected('forbidden');
      sendProblem(response, { status: 403, ...nobodyMay(section, clientAllowedSans.length > 0) });
      return undefined;
    }

    const address = request.socket.remoteAddress ?? '';
    const blockedMs = failedLogins.blockedFor(address);
    if (blockedMs > 0) {
      rejected('rate_limited');
      response.set('Retry-After', String(Math.ceil(blockedMs / 1000)));
      // Not 429: Alertmanager would drop the alerts for good.
      sendProblem(response, {
        status: 503,
        detail: 'Too many log-ins from this address failed.',
        advice: `Correct the credentials of whoever calls from it: they are those of ${section} in the configuration.`,
      });
      return undefined;
    }

    const certified = byCertificate ? certifiedCaller(request, clientAllowedSans) : undefined;
    if (certified !== undefined) return certified;
    try {
      const caller = await callerByHeader(request.headers.authorization, allowed, options.readSecret);
      if (caller !== undefined) return caller;
    } catch (error) {
      logger.error({ err: error, section }, 'The credentials of callers cannot be read');
      rejected('unavailable');
      response.set('Retry-After', '5');
      sendProblem(response, {
        status: 503,
        detail: 'flink-medic cannot read the credentials that it compares with.',
        advice: 'Its log has the cause.',
      });
      return undefined;
    }

    const tried = request.headers.authorization !== undefined;
    if (tried) failedLogins.failed(address);
    rejected('unauthenticated');
    const challenges = [
      ...(authorization === undefined ? [] : [`${authorization.type} realm="flink-medic"`]),
      ...(basicAuth === undefined ? [] : ['Basic realm="flink-medic", charset="UTF-8"']),
    ];
    response.set('WWW-Authenticate', challenges);
    sendProblem(response, {
      status: 401,
      detail: tried ? 'The credentials are wrong.' : 'This needs credentials.',
      advice: `Send ${waysIn(allowed, byCertificate)}, as ${section} in the configuration of flink-medic says.`,
    });
    return undefined;
  };
}

function nobodyMay(section: string, wantsCertificates: boolean): { detail: string; advice: string } {
  return wantsCertificates
    ? {
        detail: `${section}.client_allowed_sans is configured, but client certificates are not verified.`,
        advice:
          'Give client_ca_file and a client_auth_type that verifies in the tls_server_config of --web.config.file.',
      }
    : {
        detail: `The configuration names no caller under ${section}, so nobody may do this.`,
        advice: `Configure ${section}.authorization, ${section}.basic_auth or ${section}.client_allowed_sans.`,
      };
}

function waysIn({ basicAuth, authorization }: CallerConfig, byCertificate: boolean): string {
  return [
    ...(authorization === undefined ? [] : [`"Authorization: ${authorization.type} CREDENTIALS"`]),
    ...(basicAuth === undefined ? [] : ['HTTP basic authentication']),
    ...(byCertificate ? ['a client certificate with an allowed name'] : []),
  ].join(' or ');
}

function certifiedCaller({ socket }: Request, allowed: readonly string[]): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const names = subjectAltNames(socket.getPeerX509Certificate()?.subjectAltName ?? '');
  return names.find((name) => allowed.includes(name));
}

/** @throws what `readSecret` throws */
async function callerByHeader(
  header: string | undefined,
  { basicAuth, authorization }: CallerConfig,
  readSecret: (secret: Secret) => Promise<string>,
): Promise<string | undefined> {
  if (header === undefined) return undefined;
  const login = parseBasicCredentials(header);
  if (basicAuth !== undefined && login !== undefined) {
    const rightPassword = isEqual(login.password, await readSecret(basicAuth.password));
    return isEqual(login.user, basicAuth.username) && rightPassword ? login.user : undefined;
  }
  if (authorization === undefined) return undefined;
  const [, type = '', credentials = ''] = /^(\S+) +(.*)$/.exec(header) ?? [];
  // Node gives a header's bytes as Latin-1.
  const right = isEqual(Buffer.from(credentials, 'latin1'), await readSecret(authorization.credentials));
  return right && type.toLowerCase() === authorization.type.toLowerCase() ? 'token' : undefined;
}

/** Of the hashes, because `timingSafeEqual` tells the lengths apart. */
function isEqual(given: string | Buffer, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
