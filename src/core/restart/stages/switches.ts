/** Stage `switches` of `decide`. */

import { describeWindow, isOpen } from '../maintenance-window.ts';
import type { Objection, Situation } from '../situation.ts';

/** Whether restarts are switched on, not paused, and no maintenance is under way. */
export function switchesStage({ rules, paused, policy, at }: Situation): Objection | undefined {
  if (rules.mode === 'off') return { reason: 'mode_off', detail: 'restart.mode is off' };
  if (paused) return { reason: 'paused', detail: 'restarts are paused until somebody resumes them' };
  const open = policy?.windows.find((window) => isOpen(window, at));
  if (open === undefined) return undefined;
  return { reason: 'maintenance_window', detail: `a maintenance window is open: ${describeWindow(open)}` };
}
