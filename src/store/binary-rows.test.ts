import { assert, integer, maxSafeInteger, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryRows } from './binary-rows.ts';

const HEADER_BYTES = 19;

function fieldsOf(write: (rows: BinaryRows) => void): DataView {
  const rows = new BinaryRows();
  rows.startRow(1);
  write(rows);
  const bytes = rows.finish();
  return new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES + 2, bytes.length - HEADER_BYTES - 4);
}

describe('rows for COPY BINARY', () => {
  it('hold epoch nanoseconds exactly', () => {
    assert(
      property(
        integer({ min: -2_208_988_800_000, max: 9_000_000_000_000 }),
        integer({ min: 0, max: 999_999 }),
        (timeMs, nanosOfMs) => {
          const field = fieldsOf((rows) => rows.epochNanos(timeMs, nanosOfMs));
          expect(field.getBigInt64(4)).toBe(BigInt(timeMs) * 1_000_000n + BigInt(nanosOfMs));
        },
      ),
    );
  });

  it('hold any safe integer', () => {
    assert(
      property(maxSafeInteger(), (value) => {
        expect(fieldsOf((rows) => rows.int8(value)).getBigInt64(4)).toBe(BigInt(value));
      }),
    );
  });

  it('cut times to microseconds since 2000, before it too', () => {
    const micros = (timeMs: number, nanosOfMs: number): bigint =>
      fieldsOf((rows) => rows.timestamptz(timeMs, nanosOfMs)).getBigInt64(4);
    expect(micros(Date.UTC(2000, 0, 1), 1_999)).toBe(1n);
    expect(micros(Date.UTC(1999, 11, 31, 23, 59, 59, 999), 500_000)).toBe(-500n);
  });

  it('hold any text with its length in bytes', () => {
    assert(
      property(string({ unit: 'binary' }), (value) => {
        const field = fieldsOf((rows) => rows.text(value));
        const bytes = new Uint8Array(field.buffer, field.byteOffset + 4, field.getInt32(0));
        expect(field.byteLength).toBe(4 + bytes.length);
        expect(new TextDecoder().decode(bytes)).toBe(value.replaceAll('\0', '\uFFFD'));
      }),
    );
  });
});
