/** PLACEHOLDER by the lead: helper C replaces this file. */
export interface BreakerState {
  /** Our clock; absent while it is closed. */
  readonly openedAt?: number;
  /** How long it stays open before one incident may probe, milliseconds; doubles with each failed probe. */
  readonly coolDownMs: number;
  /** The incident that probes. */
  readonly probe?: number;
  /** The figures that opened it, for people. */
  readonly detail: string;
}
