/** HTML from templates, with every value escaped: what a page shows comes from job names and exception texts. */

export interface Html {
  readonly text: string;
}

type Value = string | Html | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(template: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { text: String.raw({ raw: template }, ...values.map(render)) };
}

function render(value: Value): string {
  if (typeof value === 'string') return value.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}
