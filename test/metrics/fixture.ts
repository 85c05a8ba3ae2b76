/** A small kind of subject and the reading of pages, for the tests of this folder. */

import type { FamilyRecord } from '../../src/metrics/family.ts';
import type { SubjectKind } from '../../src/metrics/render-subjects.ts';
import type { Exposition, PageRequest } from '../../src/metrics/exposition.ts';

export interface Fruit {
  readonly basket: string;
  readonly name: string;
  readonly weight?: number;
  readonly bites?: number;
  readonly colours?: readonly string[];
}

const ofFruit = { stability: 'stable', exportedFor: 'every fruit' } as const;
const labels = ['basket', 'name'];

export const FRUIT_FAMILIES: readonly FamilyRecord<Fruit>[] = [
  {
    ...ofFruit,
    name: 'fruit_weight_grams',
    type: 'gauge',
    help: 'Weight of the "fruit" \\ its basket,\nif known.',
    labels,
    reads: ['weight'],
    write: (emit, { weight }) => emit(weight),
  },
  {
    ...ofFruit,
    name: 'fruit_bites_total',
    type: 'counter',
    help: 'Bites.',
    labels,
    write: (emit, { bites }) => emit(bites),
  },
  {
    ...ofFruit,
    name: 'fruit_colour',
    type: 'gauge',
    help: 'Its colours.',
    labels: [...labels, 'colour'],
    reads: ['colours'],
    write: (emit, { colours = [] }) => {
      for (const colour of colours) emit(1, colour);
    },
  },
];

export const FRUIT: SubjectKind<Fruit> = {
  labels,
  labelValues: ({ basket, name }) => [basket, name],
  families: FRUIT_FAMILIES,
  partOf: (fruit, part) => fruit[part as keyof Fruit],
};

export async function pageText(exposition: Exposition, request: PageRequest): Promise<string> {
  return Buffer.concat([...(await exposition.page(request))]).toString();
}
