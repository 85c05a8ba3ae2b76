/**
 * Makes time pass faster in a process, for its clock and its timers alike, so that waits of ten seconds are one.
 *
 *     QUICK_TIME_BEGIN=MS QUICK_TIME_FACTOR=N node --import ./crash-quick-time.mjs src/main.ts serve …
 *
 * All processes with the same values have the same time; `quickClock` of crash.test.ts has it too.
 */

const begin = Number(process.env.QUICK_TIME_BEGIN);
const factor = Number(process.env.QUICK_TIME_FACTOR);

const { now } = Date;
Date.now = () => Math.floor(begin + (now() - begin) * factor);
const monotonic = performance.now.bind(performance);
performance.now = () => monotonic() * factor;
for (const name of ['setTimeout', 'setInterval']) {
  const original = globalThis[name];
  globalThis[name] = (callback, ms, ...rest) => original(callback, ms / factor, ...rest);
}
