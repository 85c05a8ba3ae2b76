/**
 * Chooses the exposition format by a scraper's `Accept` header. Text 0.0.4 is the answer to everything that is not
 * understood, so that a browser, `curl` and a relay that drops the header get text. Called by the route of `/metrics`.
 *
 * Sources: RFC 9110 section 12.5.1, Prometheus "Content negotiation" (`docs/instrumenting/content_negotiation.md`).
 */

export type ExpositionFormat = 'text' | 'openmetrics';

export interface Negotiated {
  readonly format: ExpositionFormat;
  readonly contentType: string;
}

interface MediaRange {
  readonly format: ExpositionFormat;
  readonly quality: number;
  readonly escaping: string | undefined;
}

const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The media types that name a format, with the one version that we write. */
const FORMATS: ReadonlyMap<string, { readonly format: ExpositionFormat; readonly version?: string }> = new Map([
  ['application/openmetrics-text', { format: 'openmetrics', version: '1.0.0' }],
  ['text/plain', { format: 'text', version: '0.0.4' }],
  ['text/*', { format: 'text' }],
  ['*/*', { format: 'text' }],
]);

/** Schemes of Prometheus 3 for names outside `[a-zA-Z0-9_:]`. We have none, so all are honoured by repeating them. */
const ESCAPING_SCHEMES = new Set(['allow-utf-8', 'underscores', 'dots', 'values']);

/** The first of the acceptable ranges with the highest quality wins; other versions are not acceptable. */
export function negotiate(accept: string | undefined): Negotiated {
  const best = (accept ?? '')
    .split(',')
    .map(parseRange)
    .filter((range) => range !== undefined)
    .reduce<MediaRange | undefined>((a, b) => (a === undefined || b.quality > a.quality ? b : a), undefined);
  const format = best?.format ?? 'text';
  const escaping = best?.escaping === undefined ? '' : `; escaping=${best.escaping}`;
  return { format, contentType: `${CONTENT_TYPES[format]}${escaping}` };
}

/** Undefined for a range that we cannot serve or that is malformed. */
function parseRange(text: string): MediaRange | undefined {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(rest.map(parseParameter));
  const offered = FORMATS.get(type);
  const version = parameters.get('version');
  const quality = Number(parameters.get('q') ?? 1);
  if (offered === undefined || !(quality > 0 && quality <= 1)) return undefined;
  if (version !== undefined && offered.version !== undefined && version !== offered.version) return undefined;
  const escaping = parameters.get('escaping');
  return {
    format: offered.format,
    quality,
    escaping: escaping !== undefined && ESCAPING_SCHEMES.has(escaping) ? escaping : undefined,
  };
}

function parseParameter(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2).map((part) => part.trim());
  return [name, value.replace(/^"(.*)"$/, '$1')];
}
