/**
 * Lets a process live later than it is: real Flink takes no time from a test, and some waits of policies are minutes.
 *
 *     CLOCK_AHEAD_MS=N node --import ./clock-hook.mjs src/main.ts serve …
 */

const ahead = Number(process.env.CLOCK_AHEAD_MS);
const { now } = Date;
Date.now = () => now() + ahead;
