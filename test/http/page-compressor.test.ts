import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinCrc, shiftOver } from '../../src/http/crc.ts';
import { PageCompressor } from '../../src/http/page-compressor.ts';

async function compressed(compressor: PageCompressor, page: readonly Buffer[]): Promise<Buffer[]> {
  const buffers: Buffer[] = [];
  for await (const batch of compressor.compress(page)) buffers.push(...batch);
  return buffers;
}

/** Of some 2 MB: two parts. */
const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(52_000, `line ${String(index)}\n`));

test('the CRC of joined texts follows from theirs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ size: 'large' }), fc.uint8Array({ size: 'large' }), (first, second) => {
      expect(joinCrc(crc32(first), crc32(second), shiftOver(second.length))).toBe(
        crc32(Buffer.concat([first, second])),
      );
    }),
  );
});

describe('PageCompressor', () => {
  test('gives one gzip stream, which is all that curl and browsers read', async () => {
    const whole = Buffer.concat(await compressed(new PageCompressor(), pieces));
    expect(gunzipSync(whole).equals(Buffer.concat(pieces))).toBe(true);
    // Between header and trailer: a second stream would be left over.
    const { engine } = inflateRawSync(whole.subarray(10), { info: true }) as unknown as {
      readonly engine: { readonly bytesWritten: number };
    };
    expect(engine.bytesWritten).toBe(whole.length - 18);
  });

  test('keeps the order of many parts, of which some were compressed before and some are longer than others', async () => {
    const compressor = new PageCompressor();
    await compressed(compressor, pieces);
    const others = Array.from({ length: 80 }, (_, index) =>
      Buffer.alloc(index === 7 ? 2_000_000 : 52_000, `${index}\n`),
    );
    const page = [...others, ...pieces, ...others.toReversed()];
    expect(gunzipSync(Buffer.concat(await compressed(compressor, page))).equals(Buffer.concat(page))).toBe(true);
  });

  test('compresses again only what changed', async () => {
    const compressor = new PageCompressor();
    const first = await compressed(compressor, pieces);
    const same = await compressed(compressor, [...pieces]);
    const parts = first.slice(1, -2);
    expect(parts.length).toBe(2);
    expect(same.slice(1, -2).every((part, index) => part === parts[index])).toBe(true);
    const later = await compressed(
      compressor,
      pieces.map((piece, index) => (index === 3 ? Buffer.from('shorter\n') : piece)),
    );
    expect(parts.map((part) => later.includes(part))).toEqual([false, true]);
  });

  test('gives the page as it is, whatever it was before', async () => {
    const page = fc.array(
      fc.oneof(
        fc.constantFrom(...pieces),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(page, { maxLength: 5 }), async (pages) => {
        const compressor = new PageCompressor();
        for (const next of pages) {
          expect(gunzipSync(Buffer.concat(await compressed(compressor, next))).equals(Buffer.concat(next))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('gives one page to several at once', async () => {
    const compressor = new PageCompressor();
    const all = await Promise.all([1, 2, 3].map(() => compressed(compressor, pieces)));
    for (const each of all) expect(gunzipSync(Buffer.concat(each)).equals(Buffer.concat(pieces))).toBe(true);
  });
});
