/** Sorts in turns of the event loop: a hundred thousand runs at once would take a tenth of a second. Called by `rankRuns`. */

/** Sorted at once, some thousands of comparisons. */
const PART = 512;
/** Merged at once. */
const STEP = 128;

/**
 * @param compare as for `toSorted`, of two numbers below `count`
 * @param afterWork called after every little; resolves when the next may be done
 * @returns these numbers in their order, equal ones by themselves
 */
export async function orderInTurns(
  count: number,
  compare: (a: number, b: number) => number,
  afterWork: () => Promise<void>,
): Promise<Uint32Array> {
  let from = Uint32Array.from({ length: count }, (_, index) => index);
  for (let start = 0; start < count; start += PART) {
    from.subarray(start, start + PART).sort(compare);
    await afterWork();
  }
  let to = new Uint32Array(count);
  for (let width = PART; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      await merge(from, to, start, width, compare, afterWork);
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Of two sorted neighbours one, as wide as both. */
async function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  width: number,
  compare: (a: number, b: number) => number,
  afterWork: () => Promise<void>,
): Promise<void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let [one, other] = [start, middle];
  for (let at = start; at < end; at += 1) {
    const isOne = other === end || (one < middle && compare(from[one] as number, from[other] as number) <= 0);
    to[at] = from[isOne ? one++ : other++] as number;
    if (at % STEP === 0) await afterWork();
  }
}
