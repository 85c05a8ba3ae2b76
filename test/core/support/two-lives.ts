/** A job that starts, and starts once more under its id: the times and lists of the tests of which run is which. */

import { listed } from './facts.ts';

export const START = 10_000_000;
/** When another JobManager took over, or the id was used again. */
export const LATER = START + 1_000_000;
export const RUNNING = listed({ startTime: START });
export const MOVED = listed({ startTime: LATER, duration: 10_000 });
