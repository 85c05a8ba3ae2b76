import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveOut, leaveOutFlat } from '../../src/archive/excerpt.ts';
import { findDocuments, type FoundDocument, type Wanted } from '../../src/archive/find-documents.ts';
import { fuzzed, fuzzTimeout } from '../support/fuzz.ts';
import { type ArchiveEntry, archiveText } from './crafted-archive.ts';

const RUNS = 1_000;
const WANTED: readonly Wanted[] = [
  { path: '/b' },
  { path: '/a' },
  { path: '/e', cuts: [leaveOut('{"first":"', ',"last":{')] },
];
const REST: ArchiveEntry = { path: '/rest', json: '{}' };

function entry(path: string, document: unknown): ArchiveEntry {
  return { path, json: JSON.stringify(document) };
}

function find(archive: string | readonly ArchiveEntry[], wanted = WANTED, maxBytes = 1 << 20): unknown {
  const text = typeof archive === 'string' ? archive : archiveText(archive);
  return findDocuments(Buffer.from(text), wanted, maxBytes);
}

const A = entry('/a', { text: '"},{"path":"/b","json":"' });
const B = entry('/b', ['é€😀', '\\"', '\n']);
const E = entry('/e', { first: 'x'.repeat(1_000), last: { text: ',"last":{' } });

describe('findDocuments', () => {
  it('gives the documents in the order of the archive', () => {
    expect(find([REST, A, REST, E, B, REST])).toEqual([
      { path: '/a', document: JSON.parse(A.json) },
      { path: '/e', document: { last: { text: ',"last":{' } } },
      { path: '/b', document: JSON.parse(B.json) },
    ]);
  });

  it('gives the first of two', () => {
    const other = entry('/a', 'other');
    expect(find([B, A, other, REST], [{ path: '/a' }])).toEqual([{ path: '/a', document: JSON.parse(A.json) }]);
  });

  it('gives the whole document where it says no JSON without what is left out', () => {
    const wanted = [{ path: '/e', cuts: [leaveOutFlat(',"last":{')] }];
    const document = { first: 1, last: { y: 2 } };
    expect(find([entry('/e', document), REST], wanted)).toEqual([{ path: '/e', document: { first: 1 } }]);
    const deeper = { first: 1, last: { y: { z: 2 } } };
    expect(find([entry('/e', deeper), REST], wanted)).toEqual([{ path: '/e', document: deeper }]);
  });

  it.each([
    ['lacks a document', [A, B, REST]],
    ['ends with a wanted one', [A, E, B]],
    ['has a document that is not JSON', [A, { path: '/b', json: '{' }, E, REST]],
    ['is indented', JSON.stringify({ archive: [A, B, E, REST] }, undefined, 1)],
    ['begins otherwise', ` ${archiveText([A, B, E, REST])}`],
    [
      'has the document before the path',
      archiveText([A, B, E, REST]).replace('"path":"/a",', '').replace('}', ',"path":"/a"}'),
    ],
    ['has more in an entry', archiveText([A, B, E, REST]).replace('"},', '","x":1},')],
    ['has a control character in a document', archiveText([A, B, E, REST]).replace('é', '\u0001')],
    ['is empty', ''],
  ])('leaves an archive alone that %s', (_, archive) => {
    expect(find(archive)).toBeUndefined();
  });

  it('leaves an archive alone wherever it is cut before the next entry', () => {
    const whole = Buffer.from(archiveText([A, E, B, REST]));
    const over = whole.indexOf('{"path":"/rest"') + '{"path":"'.length;
    for (let cut = 0; cut < over; cut += 1) {
      expect([cut, findDocuments(whole.subarray(0, cut), WANTED, 1 << 20)]).toEqual([cut, undefined]);
    }
    expect(findDocuments(whole.subarray(0, over), WANTED, 1 << 20)).toHaveLength(3);
  });

  it('leaves an archive alone with a document that is longer than the limit', () => {
    const bytes = Buffer.byteLength(JSON.stringify(E.json)) - 2;
    expect(find([E, REST], [{ path: '/e' }], bytes)).toHaveLength(1);
    expect(find([E, REST], [{ path: '/e' }], bytes - 1)).toBeUndefined();
  });

  it('finds what JSON.parse finds in whatever Flink might write', { timeout: fuzzTimeout(RUNS) }, () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', '\\', '{', '}', ',', ':', '"},{"path":"', '/a', '\n', 'é', '😀'),
        fc.string(),
      ),
      maxLength: 8,
    });
    const document = fc.oneof(fc.jsonValue(), text, fc.record({ first: text, last: fc.record({ text }) }));
    const path = fc.oneof(fc.constantFrom('/a', '/b', '/e', '/rest'), text);
    const entries = fc.array(
      fc.tuple(path, document).map(([at, value]) => entry(at, value)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(entries, (some) => {
        const all = [...some, A, B, E, REST];
        const first = (at: string): unknown => JSON.parse(all.find((one) => one.path === at)?.json ?? '');
        const found = find(all, [{ path: '/a' }, { path: '/b' }, { path: '/e' }]) as FoundDocument[];
        expect(found.map((one) => [one.path, one.document])).toEqual(
          [...new Set(all.map((one) => one.path))].flatMap((at) =>
            ['/a', '/b', '/e'].includes(at) ? [[at, first(at)]] : [],
          ),
        );
      }),
      fuzzed(RUNS),
    );
  });
});
