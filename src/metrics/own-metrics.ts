/**
 * The metrics of flink-medic itself: the `flink_medic_*` families, and `process_*` and `nodejs_*`. Keeps a prom-client
 * registry for what is counted here, an event loop monitor and a garbage collection observer until `stop`; a fixed
 * number of series but for one a cluster. The composition root makes one; the exposition reads it.
 */

import { Counter, Registry } from 'prom-client';
import { EVENT_LOOP_FAMILIES, EventLoopDelay } from './event-loop-delay.ts';
import type { FamilyDescription, FamilyText } from './family.ts';
import { observeGarbageCollection } from './gc-duration.ts';
import { OWN_FAMILIES, type OwnSources } from './own-families.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { renderRegistry } from './prom-client-text.ts';
import { renderRecords } from './render-records.ts';

/** What can fail at the ledger while the program runs: the closed list of the label. */
const LEDGER_OPERATIONS = ['read', 'write', 'prune'] as const;
export type LedgerOperation = (typeof LEDGER_OPERATIONS)[number];

/** What is counted here, by prom-client. */
export const LEDGER_ERRORS: FamilyDescription = {
  name: 'flink_medic_ledger_errors_total',
  type: 'counter',
  help: 'Operations of the ledger that failed.',
  labels: ['operation'],
  stability: 'stable',
  exportedFor: 'the process',
};

export class OwnMetrics {
  readonly #sources: OwnSources;
  readonly #registry = new Registry();
  readonly #ledgerErrors = new Counter({
    name: LEDGER_ERRORS.name,
    help: LEDGER_ERRORS.help,
    labelNames: [...LEDGER_ERRORS.labels],
    registers: [this.#registry],
  });
  readonly #eventLoop = new EventLoopDelay();
  readonly #stopObserving: () => void;

  constructor(sources: OwnSources) {
    this.#sources = sources;
    for (const operation of LEDGER_OPERATIONS) this.#ledgerErrors.inc({ operation }, 0);
    registerProcessMetrics(this.#registry);
    this.#stopObserving = observeGarbageCollection(this.#registry);
  }

  countLedgerError(operation: LedgerOperation): void {
    this.#ledgerErrors.inc({ operation });
  }

  /** The lines of all own families that have samples now. */
  async families(): Promise<FamilyText[]> {
    const eventLoop = await this.#eventLoop.read();
    const counted = await renderRegistry(this.#registry);
    return [
      ...renderRecords(OWN_FAMILIES, this.#sources),
      ...counted,
      ...renderRecords(EVENT_LOOP_FAMILIES, eventLoop),
    ];
  }

  /** Ends the measurements of the process. The metrics can still be read. */
  stop(): void {
    this.#eventLoop.stop();
    this.#stopObserving();
  }
}
