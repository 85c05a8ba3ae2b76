/**
 * How another server is reached and who may call this one, with the names of Prometheus' `http_config`: part of a cluster,
 * of `notify`, `webhook` and `api`.
 */

import { z } from 'zod';

import { flag, refuse, text, unique } from './scalars.ts';

/** Refuses none and both of two keys that say the same thing in two ways. */
export function exactlyOne<K extends string>(inline: K, file: K) {
  return (value: Readonly<Partial<Record<K, string | undefined>>>, context: z.core.$RefinementCtx): void => {
    const given = [inline, file].filter((key) => value[key] !== undefined);
    if (given.length !== 1) refuse(context, `needs ${inline} or ${file}${given.length === 2 ? ', not both' : ''}`);
  };
}

const basicAuth = z
  .strictObject({
    username: text
      .refine((name) => !name.includes(':'), 'must not contain a colon (RFC 7617)')
      .describe('Name of the user'),
    password: text.optional().describe('The password itself; a file is the better place'),
    password_file: text.optional().describe('File with the password, read again at each use'),
  })
  .superRefine(exactlyOne('password', 'password_file'));

const authorization = z
  .strictObject({
    type: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of an authentication scheme, such as Bearer')
      .refine((type) => type.toLowerCase() !== 'basic', 'must not be Basic: use basic_auth')
      .prefault('Bearer')
      .describe('Authentication scheme'),
    credentials: text.optional().describe('The token itself; a file is the better place'),
    credentials_file: text.optional().describe('File with the token, read again at each use'),
  })
  .superRefine(exactlyOne('credentials', 'credentials_file'));

const tls = z
  .strictObject({
    ca_file: text.optional().describe("Certificates (PEM) that are trusted instead of the system's"),
    cert_file: text.optional().describe('Client certificate (PEM)'),
    key_file: text.optional().describe('Key of the client certificate (PEM)'),
    server_name: text.optional().describe("Name that the server's certificate must have, when it is not the URL's"),
    insecure_skip_verify: flag
      .prefault(false)
      .describe('Accept any certificate; anybody can then read and forge answers'),
  })
  .superRefine((value, context) => {
    if ((value.cert_file === undefined) !== (value.key_file === undefined)) {
      refuse(context, 'needs cert_file and key_file together');
    }
  });

const proxyUrl = z
  .string()
  .refine(isProxyUrl, 'must be a URL such as http://proxy:3128, without path and query')
  .meta({ examples: ['http://proxy:3128'] });

function isProxyUrl(written: string): boolean {
  const url = URL.parse(written);
  return url !== null && /^https?:\/\//i.test(written) && url.pathname === '/' && url.search === '' && url.hash === '';
}

export const httpKeys = {
  basic_auth: basicAuth.optional().describe('User and password'),
  authorization: authorization.optional().describe('Token in the Authorization header'),
  tls_config: tls.optional().describe('Certificates, for https addresses'),
  proxy_url: proxyUrl.optional().describe('HTTP proxy, with user:password@ when it asks for them'),
};

/** A request has one Authorization header. */
export function atMostOneLogin(
  value: { readonly basic_auth?: unknown; readonly authorization?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (value.basic_auth !== undefined && value.authorization !== undefined) {
    refuse(context, 'needs at most one of basic_auth and authorization');
  }
}

export const httpSchema = z.strictObject(httpKeys).superRefine(atMostOneLogin);
export type HttpInput = z.output<typeof httpSchema>;

/** Each way that is given is enough. */
export const callerSchema = z.strictObject({
  authorization: authorization.optional().describe('Token that the Authorization header must have'),
  basic_auth: basicAuth.optional().describe('User and password'),
  client_allowed_sans: z
    .array(text)
    .superRefine(unique((san) => san))
    .prefault([])
    .describe(
      'Client certificates that are enough, by a subject alternative name; the web configuration must ask for and verify them',
    ),
});
export type CallerInput = z.output<typeof callerSchema>;
