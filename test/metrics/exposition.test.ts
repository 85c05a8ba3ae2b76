import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundLabel } from '../../src/core/label-value.ts';
import { ChunkStore } from '../../src/metrics/chunk-store.ts';
import { Exposition, type OwnFamilies } from '../../src/metrics/exposition.ts';
import { FRUIT, type Fruit, pageText } from './fixture.ts';
import { parseExposition } from './parse-exposition.ts';

const none: OwnFamilies = { families: async () => [] };
const own: OwnFamilies = {
  families: async () => [{ family: { name: 'own', type: 'gauge', help: 'Own.' }, pieces: [Buffer.from('own 1\n')] }],
};

function storeOf(fruits: readonly Fruit[]): ChunkStore<Fruit> {
  const store = new ChunkStore(FRUIT);
  for (const fruit of fruits) store.put(fruit.basket, fruit.name, fruit);
  return store;
}

const fruits: readonly Fruit[] = [
  { basket: 'a', name: 'apple', weight: 0.2, bites: 3, colours: ['red'] },
  { basket: 'b', name: 'pear "x"', weight: Number.POSITIVE_INFINITY, bites: 0 },
];

describe('Exposition', () => {
  test('writes text 0.0.4', async () => {
    expect(await pageText(new Exposition([storeOf(fruits)], own), { format: 'text' })).toBe(
      `# HELP fruit_weight_grams Weight of the "fruit" \\\\ its basket,\\nif known.
# TYPE fruit_weight_grams gauge
fruit_weight_grams{basket="a",name="apple"} 0.2
fruit_weight_grams{basket="b",name="pear \\"x\\""} +Inf
# HELP fruit_bites_total Bites.
# TYPE fruit_bites_total counter
fruit_bites_total{basket="a",name="apple"} 3
fruit_bites_total{basket="b",name="pear \\"x\\""} 0
# HELP fruit_colour Its colours.
# TYPE fruit_colour gauge
fruit_colour{basket="a",name="apple",colour="red"} 1
# HELP own Own.
# TYPE own gauge
own 1
`,
    );
  });

  test('writes OpenMetrics 1.0', async () => {
    expect(await pageText(new Exposition([storeOf(fruits)], own), { format: 'openmetrics' })).toBe(
      `# HELP fruit_weight_grams Weight of the \\"fruit\\" \\\\ its basket,\\nif known.
# TYPE fruit_weight_grams gauge
fruit_weight_grams{basket="a",name="apple"} 0.2
fruit_weight_grams{basket="b",name="pear \\"x\\""} +Inf
# HELP fruit_bites Bites.
# TYPE fruit_bites counter
fruit_bites_total{basket="a",name="apple"} 3
fruit_bites_total{basket="b",name="pear \\"x\\""} 0
# HELP fruit_colour Its colours.
# TYPE fruit_colour gauge
fruit_colour{basket="a",name="apple",colour="red"} 1
# HELP own Own.
# TYPE own gauge
own 1
# EOF
`,
    );
  });

  test('renders ahead what the next page shows', async () => {
    const { partOf, ...kind } = FRUIT;
    const written: string[] = [];
    const families = FRUIT.families.map((family) => ({
      ...family,
      write: (emit: (value: number | undefined, ...labels: string[]) => void, fruit: Fruit) => {
        written.push(fruit.name);
        family.write(emit, fruit);
      },
    }));
    const store = new ChunkStore<Fruit>({ ...kind, ...(partOf && { partOf }), families });
    for (const fruit of fruits) store.put(fruit.basket, fruit.name, fruit);
    const exposition = new Exposition([store], own);
    await exposition.refresh();
    expect(new Set(written.splice(0))).toEqual(new Set(fruits.map(({ name }) => name)));
    expect(await pageText(exposition, { format: 'text' })).toContain('fruit_bites_total{basket="a",name="apple"} 3\n');
    expect(written).toEqual([]);
  });

  test('shows the facts of the clusters that were asked for, and always the own metrics', async () => {
    const exposition = new Exposition([storeOf(fruits)], own);
    const page = await pageText(exposition, { format: 'text', clusters: new Set(['b']) });
    const families = parseExposition(page, 'text');
    expect(families.get('fruit_weight_grams')?.samples).toHaveLength(1);
    expect([...families.keys()]).toEqual(['fruit_weight_grams', 'fruit_bites_total', 'own']);
  });

  test('writes an empty page', async () => {
    expect(await pageText(new Exposition([], none), { format: 'text' })).toBe('');
    expect(await pageText(new Exposition([], none), { format: 'openmetrics' })).toBe('# EOF\n');
  });

  test('gives large pages in pieces that stay as they were', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ basket: 'a', name: `fruit ${index}`, bites: 1 }));
    const store = storeOf(many);
    const exposition = new Exposition([store], none);
    const pieces = await exposition.page({ format: 'openmetrics' });
    store.removeCluster('a');
    expect(pieces.length).toBeGreaterThan(1);
    const page = Buffer.concat(pieces).toString();
    expect(parseExposition(page, 'openmetrics').get('fruit_bites')?.samples).toHaveLength(20_000);
  });

  test.each(['text', 'openmetrics'] as const)('gives what did not change as the same buffers (%s)', async (format) => {
    const exposition = new Exposition([storeOf(fruits)], none);
    const [before, after] = [await exposition.page({ format }), await exposition.page({ format })];
    expect(before.length).toBeGreaterThan(4);
    // The end of the page of OpenMetrics may be another.
    expect(after.slice(0, -1).map((piece, index) => piece === before[index])).not.toContain(false);
  });

  test('any label value survives both formats, bounded', async () => {
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\r', '\0', '{', '}', ',', '=', ' ', '😀', '\ud800', '\udc00', 'n'),
      fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    );
    const name = fc.oneof(fc.string({ unit, maxLength: 20 }), fc.string({ unit, minLength: 190, maxLength: 400 }));
    await fc.assert(
      fc.asyncProperty(name, name, fc.constantFrom('text' as const, 'openmetrics' as const), async (a, b, format) => {
        const store = storeOf([{ basket: 'x', name: a, weight: 1, colours: [b] }]);
        const page = parseExposition(await pageText(new Exposition([store], none), { format }), format);
        const labels = { basket: 'x', name: boundLabel(a) };
        expect(page.get('fruit_weight_grams')?.samples[0]?.labels).toEqual(labels);
        expect(page.get('fruit_colour')?.samples[0]?.labels).toEqual({ ...labels, colour: boundLabel(b) });
      }),
    );
  });
});
