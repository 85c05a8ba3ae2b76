/** A clock that stands still until it is moved. Shared by a fake cluster and whatever a test watches it with. */
export class ManualClock {
  #now: number;

  /** @param start milliseconds since the epoch */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  /** A field, so that it can be handed over alone. */
  readonly now = (): number => this.#now;

  /** @param ms milliseconds; negative sets it back */
  advance(ms: number): void {
    this.#now += ms;
  }
}
