/**
 * Writes the page of `/metrics` from the chunk stores and the own metrics. It keeps nothing but references to them and
 * the headers of families: what does not change is the same buffer on each page, by which `PageCompressor` knows it. A
 * page is a list of references to immutable buffers, so a slow scraper holds memory but neither lock nor event loop.
 */

import { escapeHelp, escapeQuoted } from './escape.ts';
import type { FamilyHeader, FamilyText } from './family.ts';
import type { ExpositionFormat } from './negotiate.ts';

/** A `ChunkStore` as the page sees it. */
export interface FactStore {
  refresh(): Promise<void>;
  snapshot(clusters?: ReadonlySet<string>): FamilyText[];
}

/** `OwnMetrics` or `RestartMetrics` as the page sees it. */
export interface OwnFamilies {
  families(): Promise<FamilyText[]>;
}

export interface PageRequest {
  readonly format: ExpositionFormat;
  /** Flink facts of these clusters only; own metrics are on every page. All clusters when left out. */
  readonly clusters?: ReadonlySet<string>;
}

export class Exposition {
  readonly #stores: readonly FactStore[];
  readonly #own: readonly OwnFamilies[];
  readonly #headers = { text: new WeakMap<FamilyHeader, Buffer>(), openmetrics: new WeakMap<FamilyHeader, Buffer>() };

  /** The families of the stores and the own ones must have different names, so that each is one group on the page. */
  constructor(stores: readonly FactStore[], ...own: readonly OwnFamilies[]) {
    this.#stores = stores;
    this.#own = own;
  }

  /** Renders what changed, while the event loop runs on. Each page does it first, and a start for the first page. */
  async refresh(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.refresh()));
  }

  /**
   * The page in pieces that are never changed after they were made. They show one state of all stores: the changes are
   * rendered while the event loop runs on, and then everything is taken at one moment.
   */
  async page({ format, clusters }: PageRequest): Promise<readonly Buffer[]> {
    const own = await Promise.all(this.#own.map((metrics) => metrics.families()));
    await this.refresh();
    const facts = this.#stores.flatMap((store) => store.snapshot(clusters));
    const families = [...facts, ...own.flat()];
    const pieces = families.flatMap((text) => [this.#header(text.family, format), ...text.pieces]);
    return format === 'openmetrics' ? [...pieces, Buffer.from('# EOF\n')] : pieces;
  }

  #header(family: FamilyHeader, format: ExpositionFormat): Buffer {
    const kept = this.#headers[format];
    const known = kept.get(family) ?? Buffer.from(header(family, format));
    kept.set(family, known);
    return known;
  }
}

/** OpenMetrics names a counter without `_total` here, and has quotation marks in HELP escaped. */
function header({ name, type, help }: FamilyHeader, format: ExpositionFormat): string {
  const openMetrics = format === 'openmetrics';
  const shown = openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
  const text = openMetrics ? escapeQuoted(help) : escapeHelp(help);
  return `# HELP ${shown} ${text}\n# TYPE ${shown} ${type}\n`;
}
