/**
 * CRC-32 of texts that are joined, from those of the texts, as zlib's `crc32_combine`: what precedes is multiplied by a power
 * of x, in the field of polynomials modulo that of the CRC, bits reflected. Pure.
 */

const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
/** x to the power of 8: over one byte. */
const BYTE = 0x00800000;

/** By what the CRC of a text is multiplied when so many bytes follow it. */
export function shiftOver(bytes: number): number {
  let shift = ONE;
  let square = BYTE;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(square, shift);
    square = multiply(square, square);
  }
  return shift;
}

/** @param shift `shiftOver` the length of the second text */
export function joinCrc(first: number, second: number, shift: number): number {
  return (multiply(shift, first) ^ second) >>> 0;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= power;
    power = (power & 1) === 0 ? power >>> 1 : (power >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}
