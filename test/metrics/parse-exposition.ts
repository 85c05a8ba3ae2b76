/**
 * A strict reader of text 0.0.4 and OpenMetrics 1.0 for tests: it refuses what either format forbids and our pages must
 * not contain (interleaved families, blank lines, samples without header, a series twice), with the number of the line.
 */

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

export type ParsedPage = ReadonlyMap<string, ParsedFamily>;

const HEADER = /^# HELP ([a-z_][a-z0-9_]*) (.*)$/;
const TYPE = /^# TYPE ([a-z_][a-z0-9_]*) (gauge|counter|histogram)$/;
const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([a-z_][a-z0-9_]*)="((?:\\[\\"n]|[^\\"\n])*)"(?:,|$)/gsy;
const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/;

export function parseExposition(page: string, format: 'text' | 'openmetrics'): ParsedPage {
  const lines = page.split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF');

  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  for (let index = 0; index < lines.length; ) {
    const [, name = '', help = ''] = match(HEADER, lines, index);
    const [, typed, type = ''] = match(TYPE, lines, index + 1);
    if (typed !== name || families.has(name)) throw new Error(`line ${index + 2}: not the TYPE of a new family`);
    index += 2;
    const samples: ParsedSample[] = [];
    for (; index < lines.length && !lines[index]?.startsWith('# '); index++) {
      const [line = '', sampleName = '', labels = '', value = ''] = match(SAMPLE, lines, index);
      const suffix = sampleName.slice(name.length);
      if (!sampleName.startsWith(name) || !suffixes(type, format).includes(suffix)) {
        throw new Error(`line ${index + 1}: ${sampleName} is not of ${name}`);
      }
      const identity = line.slice(0, line.lastIndexOf(' '));
      if (series.has(identity)) throw new Error(`line ${index + 1}: the series occurs twice`);
      series.add(identity);
      samples.push({ name: sampleName, labels: parseLabels(labels), value: parseValue(value) });
    }
    if (samples.length === 0) throw new Error(`line ${index}: ${name} has no samples`);
    families.set(name, { help, type, samples });
  }
  return families;
}

function match(pattern: RegExp, lines: readonly string[], index: number): RegExpExecArray {
  const found = pattern.exec(lines[index] ?? '');
  if (found === null) throw new Error(`line ${index + 1}: ${JSON.stringify(lines[index])} is not ${pattern.source}`);
  return found;
}

function suffixes(type: string, format: 'text' | 'openmetrics'): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return [type === 'counter' && format === 'openmetrics' ? '_total' : ''];
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [whole, name = '', escaped = ''] of text.matchAll(LABEL)) {
    if (name in labels) throw new Error(`label ${name} occurs twice`);
    labels[name] = escaped.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    end += whole.length;
  }
  if (end !== text.length) throw new Error(`not labels: ${text.slice(end)}`);
  return labels;
}

function parseValue(text: string): number {
  const special = { NaN: Number.NaN, '+Inf': Infinity, '-Inf': -Infinity }[text];
  if (special !== undefined) return special;
  if (!NUMBER.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}
