/** A maintenance window of a policy; part of `policy-schema.ts`. */

import { z } from 'zod';

import { WEEKDAYS } from '../core/restart/policy.ts';
import { orVariable, refuse, text, unique } from './scalars.ts';

/** Its value is in minutes since midnight. */
function timeOfDay(latest: '23:59' | '24:00') {
  return z
    .string()
    .transform((written, context) => {
      const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(written) ?? [];
      if (hours !== undefined) return Number(hours) * 60 + Number(minutes);
      if (written === latest) return 24 * 60;
      return refuse(context, `must be a time from "00:00" to "${latest}", in quotes`);
    })
    .meta({ pattern: orVariable('([01][0-9]|2[0-3]):[0-5][0-9]|24:00'), examples: ['22:00'] });
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const windowSchema = z.strictObject({
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .superRefine(unique((day) => day))
    .prefault([...WEEKDAYS])
    .describe('Days on which it begins'),
  from: timeOfDay('23:59').describe('When it begins'),
  to: timeOfDay('24:00').describe('When it ends; on the next day when that is not later than from'),
  time_zone: text
    .refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin')
    .prefault('UTC')
    .describe('Time zone of from and to (IANA)'),
});
