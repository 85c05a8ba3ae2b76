/** The frame of every page: head, navigation, footer. Strings that pages have in common stand here and nowhere else. */

import { html, type Html } from '../html.ts';
import { STYLE_VERSION } from './assets.ts';
import { when } from './time.ts';
import type { View } from './view.ts';
import { isoTime } from '../../core/iso-time.ts';

const SECTIONS = [
  ['Fleet', ''],
  ['Jobs', 'ui/jobs'],
  ['Incidents', 'ui/incidents'],
  ['Configuration', 'ui/configuration'],
] as const;

export interface Page {
  /** Of the window; what others have named stands isolated in it. */
  readonly title: string;
  readonly section?: (typeof SECTIONS)[number][0];
  /** From `<h1>` on. */
  readonly body: Html;
}

/** What every page says of the program. */
export interface Program {
  readonly version: string;
  /** Path of the metrics, with a slash in front. */
  readonly metricsPath: string;
}

/** Seconds between two loads that the footer offers. */
const REFRESH_S = '30';

export function documentOf({ title, section, body }: Page, view: View, { version, metricsPath }: Program): string {
  const { root, now, query } = view;
  const navigation = SECTIONS.map(([name, path]) =>
    name === section
      ? html`<li><a href="${root}${path}" aria-current="page">${name}</a></li>\n`
      : html`<li><a href="${root}${path}">${name}</a></li>\n`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · flink-medic</title>
<link rel="icon" type="image/svg+xml" href="${root}ui/icon.svg">
<link rel="stylesheet" href="${root}ui/style.css?v=${STYLE_VERSION}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="${root}"><img src="${root}ui/icon.svg" alt="" width="24" height="24">flink-medic</a>
<nav aria-label="Pages"><ul>
${navigation}</ul></nav>
</header>
<main id="content" tabindex="-1">
${body}</main>
<footer>
<p>As of ${when(isoTime(now), now)} · ${refreshLink(query)}</p>
<p>flink-medic ${version} · <a href="${root}${metricsPath.slice(1)}">Metrics</a> · <a href="${root}-/ready">Readiness</a> · <a href="${root}runbooks/README.md">Runbooks</a> · API: <a href="${root}api/v1/clusters">clusters</a>, <a href="${root}api/v1/jobs">jobs</a>, <a href="${root}api/v1/incidents">incidents</a></p>
</footer>
</body>
</html>
`.text;
}

/** Isolated from what stands beside it (U+2068, U+2069), where there is no `<bdi>`. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

function refreshLink(query: URLSearchParams): Html {
  const other = new URLSearchParams(query);
  if (query.has('refresh')) other.delete('refresh');
  else other.set('refresh', REFRESH_S);
  const text = query.has('refresh') ? 'stop refreshing' : `refresh every ${REFRESH_S} s`;
  return html`<a href="?${String(other)}">${text}</a>`;
}
