/** `/ui/configuration`: the configuration in force, with every default filled in and without secrets. */

import { isoTime } from '../../core/iso-time.ts';
import { html } from '../html.ts';
import type { Page } from './document.ts';
import { foreign } from './parts.ts';
import { when } from './time.ts';
import type { View } from './view.ts';

export interface LoadedConfiguration {
  /** YAML, secrets hidden: made when it is asked for, because other pages need only the rest. */
  readonly text: () => string;
  /** Our clock, milliseconds. */
  readonly loadedAt: number;
  /** Whether the last attempt to load it succeeded. */
  readonly isReloaded: boolean;
}

export function configurationPage({ text, loadedAt, isReloaded }: LoadedConfiguration, view: View): Page {
  const body = html`<h1>Configuration</h1>
<p>As loaded ${when(isoTime(loadedAt), view.now)}, with defaults and the clusters of <code>cluster_files</code>; secrets are hidden.</p>
${isReloaded ? undefined : html`<ul class="notices"><li class="bad">What is in the files now could not be loaded; the log says why.</li></ul>\n`}<div class="scroll" role="region" aria-label="Configuration in force" tabindex="0"><pre>${foreign(text())}</pre></div>
`;
  return { title: 'Configuration', section: 'Configuration', body };
}
