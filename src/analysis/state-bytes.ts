import { TapedeckError } from '../market/index.ts';

/** Writes checkpoint state: little-endian numbers, length-prefixed texts and arrays. */
export class StateWriter {
  #bytes = new Uint8Array(1_024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  count(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  number(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  flag(value: boolean): void {
    this.count(value ? 1 : 0);
  }

  /** UTF-16, because neither Node nor the DOM is at hand here. */
  text(value: string): void {
    this.count(value.length);
    this.#reserve(value.length * 2);
    for (let at = 0; at < value.length; at++) {
      this.#view.setUint16(this.#length, value.charCodeAt(at), true);
      this.#length += 2;
    }
  }

  /** Plain JSON, for small things. */
  json(value: unknown): void {
    this.text(JSON.stringify(value));
  }

  numbers(values: Float64Array): void {
    this.count(values.length);
    for (const value of values) this.number(value);
  }

  integers(values: Int32Array): void {
    this.count(values.length);
    for (const value of values) this.count(value);
  }

  bytes(values: Uint8Array): void {
    this.count(values.length);
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    let capacity = this.#bytes.length;
    while (capacity < this.#length + size) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what `StateWriter` wrote; throws `corrupt` when the bytes end early. */
export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  count(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  number(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  flag(): boolean {
    return this.count() === 1;
  }

  text(): string {
    const length = this.count();
    let at = this.#take(length * 2);
    let text = '';
    for (let unit = 0; unit < length; unit++, at += 2) text += String.fromCharCode(this.#view.getUint16(at, true));
    return text;
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  numbers(): Float64Array {
    const length = this.count();
    let at = this.#take(length * 8);
    const values = new Float64Array(length);
    for (let index = 0; index < length; index++, at += 8) values[index] = this.#view.getFloat64(at, true);
    return values;
  }

  integers(): Int32Array {
    const length = this.count();
    let at = this.#take(length * 4);
    const values = new Int32Array(length);
    for (let index = 0; index < length; index++, at += 4) values[index] = this.#view.getInt32(at, true);
    return values;
  }

  bytes(): Uint8Array {
    const length = this.count();
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.byteLength) throw new TapedeckError('corrupt', 'checkpoint state ends early');
    this.#at = at + size;
    return at;
  }
}
