/** The page of a runbook: what its Markdown becomes, what never gets into it, and that all of ours are whole. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { array, assert, constantFrom, property } from 'fast-check';
import { lexer, type Token, walkTokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/http/html.ts';
import { runbookPage } from '../../../src/http/pages/runbook.ts';

/** Without the frame that all have. */
function contentOf(text: string): string {
  const body = runbookPage('flinkjobfailed.md', `# FlinkJobFailed\n\n${text}`).body.text;
  const [, content] = /^<h1>FlinkJobFailed<\/h1>\n<div class="runbook">\n([^]*)<\/div>\n$/.exec(body) ?? [];
  if (content === undefined) throw new Error(`another frame: ${body}`);
  return content;
}

describe('Markdown', () => {
  it('has its first line as the title, or else the name of the file', () => {
    for (const [text, heading] of [
      ['# One & "two"\n\nText.\n', 'One & "two"'],
      ['Text.\n', 'a'],
    ] as const) {
      const { title, body } = runbookPage('a.md', text);
      expect(title).toBe(`${heading}, runbook`);
      expect(body).toEqual(html`<h1>${heading}</h1>\n<div class="runbook">\n<p>Text.</p>\n</div>\n`);
    }
  });

  it('becomes headings in their order below the title, with the ids of GitHub', () => {
    const headings = [
      '## One: `two`, three',
      '#### Same',
      '### Same',
      '# alerts/a.rules.yml',
      '## [a](b.md) metrics_x & y',
    ];
    expect(contentOf(headings.join('\n'))).toBe(`<h2 id="one-two-three">One: <code>two</code>, three</h2>
<h3 id="same">Same</h3>
<h3 id="same-1">Same</h3>
<h2 id="alertsarulesyml">alerts/a.rules.yml</h2>
<h2 id="a-metrics_x--y"><a href="b.md">a</a> metrics_x &amp; y</h2>
`);
  });

  it('becomes paragraphs and lists, with commands in the steps', () => {
    const text =
      'One\ntwo `<c>` \\*.\n\n- a\n- b\n\n1. First:\n\n    ```sh\n    a  "b" \\\n      <c>\n    ```\n\n2. Then.\n';
    expect(contentOf(text)).toBe(`<p>One
two <code>&lt;c&gt;</code> *.</p>
<ul>
<li>a</li>
<li>b</li>
</ul>
<ol>
<li><p>First:</p>
<pre class="scroll" role="group" aria-label="Code" tabindex="0">a  &quot;b&quot; \\
  &lt;c&gt;</pre>
</li>
<li><p>Then.</p>
</li>
</ol>
`);
  });

  it('becomes tables, each row headed by its first cell', () => {
    expect(
      contentOf('| `reason` | to do |\n| --- | --- |\n| `a\\|b`, c | see [x](x.md) |\n'),
    ).toBe(`<div class="scroll" role="region" aria-label="reason, to do" tabindex="0">
<table>
<caption class="unseen">reason, to do</caption>
<thead><tr><th scope="col">reason</th><th scope="col">to do</th></tr></thead>
<tbody>
<tr><th scope="row"><code>a|b</code>, c</th><td>see <a href="x.md">x</a></td></tr>
</tbody>
</table>
</div>
`);
  });

  it.each([
    ['[a](flinkjobstuck.md)', '<a href="flinkjobstuck.md">a</a>'],
    ['[a](README.md#by-hand)', '<a href="README.md#by-hand">a</a>'],
    ['[a](#by-hand)', '<a href="#by-hand">a</a>'],
    ['[a](https://x/y?a&b)', '<a href="https://x/y?a&amp;b" rel="noreferrer">a</a>'],
    ['<https://x/y>', '<a href="https://x/y" rel="noreferrer">https://x/y</a>'],
    ['[a](../restarts.md#reasons)', 'a (docs/restarts.md#reasons)'],
    ['[a](../../alerts)', 'a (alerts)'],
    ['[a](other/x.md)', 'a (other/x.md)'],
    ['[a](http://x/)', 'a (http://x/)'],
    ['[a](//x/y)', 'a (//x/y)'],
    ['[a](javascript:alert(1))', 'a (javascript:alert(1))'],
    ['[a](JaVaScRiPt:alert(1)//x.md)', 'a (JaVaScRiPt:alert(1)//x.md)'],
    ['[a](./javascript:alert(1))', 'a (./javascript:alert(1))'],
    ['[a](data:text/html,x#.md)', 'a (data:text/html,x#.md)'],
    ['[a](<https://x/"onfocus=1>)', '<a href="https://x/&quot;onfocus=1" rel="noreferrer">a</a>'],
    ['[a](<x.md#"onfocus=1>)', '<a href="x.md#&quot;onfocus=1">a</a>'],
    ['![a](x.png)', '![a](x.png)'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['a <b onclick="x">b</b>', 'a &lt;b onclick=&quot;x&quot;&gt;b&lt;/b&gt;'],
    ['**a**', '**a**'],
  ])('leads to what is served and what is encrypted, and shows the rest as it is: %s', (text, becomes) => {
    expect(contentOf(text).trim()).toBe(`<p>${becomes}</p>`);
  });

  it('never becomes more than that', () => {
    const parts = [
      '<script>',
      '<!--',
      '-->',
      '</div>',
      '](',
      '[a',
      '<a href="',
      'javascript:',
      '```',
      '`',
      '| a |\n',
      '| - |\n',
    ];
    const others = [
      '"',
      "'",
      '&',
      '&lt;',
      '\n',
      '\n\n',
      '- ',
      '1. ',
      '# ',
      '> ',
      '    ',
      '![',
      ')',
      '\\',
      '\0',
      '[x]: ',
      'x.md',
      '#',
    ];
    const hostile = array(constantFrom(...parts, ...others), { maxLength: 25 }).map((some) => some.join(''));
    const tag =
      /^<(?:\/?(?:p|ul|ol|li|code|table|thead|tbody|tr|td)|\/(?:pre|a|th|div|caption|h[2-6])|h[2-6] id="[^"<>]*"|a href="(?:[\w-]*(?:\.md)?(?:#[^"<>]*)?)"|th scope="(?:col|row)"|caption class="unseen"|div class="scroll" role="region" aria-label="[^"<>]*" tabindex="0"|pre class="scroll" role="group" aria-label="Code" tabindex="0")>$/;
    assert(
      property(hostile, (text) => {
        for (const [found] of contentOf(text).matchAll(/<[^>]*>?/g)) expect(found).toMatch(tag);
      }),
      { numRuns: 500 },
    );
  });
});

describe('our runbooks', () => {
  const folder = join(import.meta.dirname, '../../../docs/runbooks');
  const files = readdirSync(folder);
  const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const pages = new Map([...texts].map(([file, text]) => [file, runbookPage(file, text).body.text]));

  it.each(files)('%s is written in what is rendered', (file) => {
    const known = [
      'space',
      'heading',
      'paragraph',
      'text',
      'code',
      'list',
      'list_item',
      'table',
      'codespan',
      'link',
      'escape',
    ];
    const tokens: Token[] = [];
    void walkTokens(lexer(texts.get(file) ?? ''), (token) => void tokens.push(token));
    expect(tokens.filter(({ type }) => !known.includes(type)).map(({ raw }) => raw)).toEqual([]);
    // Steps that begin elsewhere would get other numbers.
    expect(tokens.filter((token) => token.type === 'list' && token['start'] > 1)).toEqual([]);
  });

  it.each(files)('%s leads to pages and parts that there are', (file) => {
    const links = [...(pages.get(file) ?? '').matchAll(/href="(?!https:)([^"#]*)(?:#([^"]*))?"/g)];
    const broken = links.filter(([, target = '', part]) => {
      const page = pages.get(target === '' ? file : target);
      return page === undefined || (part !== undefined && !page.includes(`id="${part}"`));
    });
    expect(links).not.toEqual([]);
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
