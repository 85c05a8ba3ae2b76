/** One receiver of outgoing webhooks in the configuration file; part of `schema.ts`. */

import { z } from 'zod';

import { NOTIFY_EVENTS } from './config.ts';
import { atMostOneLogin, httpKeys } from './http-schema.ts';
import { orVariable, refuse, refusePart, text, unique } from './scalars.ts';

const url = text
  .transform((written, context) => {
    const parsed = /^https?:\/\//i.test(written) ? URL.parse(written) : null;
    if (parsed === null) return refuse(context, 'must be a URL such as https://example.org/hook (http or https)');
    if (parsed.username !== '' || parsed.password !== '') {
      return refuse(context, 'must not contain credentials; they belong under basic_auth');
    }
    if (parsed.hash !== '') return refuse(context, 'must not have a fragment');
    return parsed.href;
  })
  .meta({ pattern: orVariable('https?://.+') });

/** Headers that the client or another key sets. */
const RESERVED: Readonly<Record<string, string>> = {
  authorization: 'use authorization or basic_auth',
  'proxy-authorization': 'put the credentials into proxy_url',
  host: 'it follows from url',
  connection: 'flink-medic sets it',
  'content-length': 'flink-medic sets it',
  'content-type': 'flink-medic sets it',
  'transfer-encoding': 'flink-medic sets it',
};

/** RFC 9110, sections 5.1 and 5.5. Never quotes a value: it may be a secret. */
const headers = z.record(z.string(), z.string()).superRefine((given, context) => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    const problem = headerProblem(lower, value) ?? (seen.has(lower) ? 'is here twice: case does not count' : undefined);
    seen.add(lower);
    if (problem !== undefined) refusePart(context, [name], problem);
  }
});

function headerProblem(name: string, value: string): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'is not the name of a header';
  if (Object.hasOwn(RESERVED, name)) return `cannot be given here; ${RESERVED[name]}`;
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'must have printable ASCII characters only';
}

const receiver = z
  .strictObject({
    url: url.describe('Where events are sent (POST, JSON)'),
    headers: headers.prefault({}).describe('Headers to add'),
    events: z
      .array(z.enum(NOTIFY_EVENTS))
      .min(1)
      .superRefine(unique((event) => event))
      .prefault([...NOTIFY_EVENTS])
      .describe('Which events: changes of incidents (incident), ends of runs (final_status)'),
    ...httpKeys,
  })
  .superRefine(atMostOneLogin);

export const notifySchema = z.array(receiver).superRefine(unique((notify) => notify.url, 'url'));
export type NotifyInput = z.output<typeof receiver>;
