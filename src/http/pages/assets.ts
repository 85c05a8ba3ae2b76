/** What pages load besides themselves. Both are small and the same for everybody. */

import { createHash } from 'node:crypto';
import { STYLE } from './style.ts';

/** Part of the stylesheet's address, so that it may be kept for ever. */
export const STYLE_VERSION = createHash('sha256').update(STYLE).digest('hex').slice(0, 16);

/** A cross, as on a first-aid box. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<rect width="24" height="24" rx="6" fill="#c2323c"/>
<path d="M10 5h4v5h5v4h-5v5h-4v-5H5v-4h5z" fill="#fff"/>
</svg>
`;
