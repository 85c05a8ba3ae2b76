/**
 * HTML from templates, with every value escaped: what a page shows comes from job names and exception texts. Values stand
 * in text or between double quotes; control characters, which HTML does not have, become U+FFFD.
 */

export interface Html {
  readonly text: string;
}

/** Nothing is written for `undefined`. */
export type HtmlValue = string | number | Html | readonly Html[] | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { text: String.raw({ raw: template }, ...values.map(render)) };
}

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    return value.replaceAll(/[&<>"']|(?![\t\n])\p{Cc}|\p{Cs}/gu, (character) => ESCAPES[character] ?? '\uFFFD');
  }
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}
