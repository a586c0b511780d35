/**
 * Kafka's Metadata request in version 12, the first that kafkajs 2.2.4 does not know and that answers with the ids of
 * topics: https://kafka.apache.org/protocol#The_Messages_Metadata
 */
export const METADATA_KEY = 3;
export const METADATA_VERSION = 12;

/** All that follows the client id; the first byte ends the flexible header, whose beginning is that of older versions. */
export function encodeMetadataRequest(topicNames: readonly string[]): Buffer {
  const topics = topicNames.map((name) => {
    const text = Buffer.from(name, 'utf8');
    return Buffer.concat([NO_ID, unsignedVarint(text.length + 1), text, NO_TAGS]);
  });
  return Buffer.concat([NO_TAGS, unsignedVarint(topics.length + 1), ...topics, NO_FLAGS, NO_TAGS]);
}

const NO_ID = Buffer.alloc(16);
const NO_TAGS = Buffer.from([0]);
/** Neither create topics nor tell of rights. */
const NO_FLAGS = Buffer.from([0, 0]);

/** Ids in hexadecimal by topic name, of an answer without its correlation id; topics with an error are left out. */
export function decodeTopicIds(answer: Buffer): ReadonlyMap<string, string> {
  const reader = new FlexibleReader(answer);
  reader.tags();
  reader.skip(4);
  reader.list(() => {
    reader.skip(4);
    reader.text();
    reader.skip(4);
    reader.text();
    reader.tags();
  });
  reader.text();
  reader.skip(4);
  const ids = new Map<string, string>();
  reader.list(() => {
    const errorCode = reader.int16();
    const name = reader.text();
    const id = reader.bytes(16).toString('hex');
    reader.skip(1);
    reader.list(() => {
      reader.skip(2 + 4 + 4 + 4);
      for (let nodeLists = 0; nodeLists < 3; nodeLists++) reader.list(() => reader.skip(4));
      reader.tags();
    });
    reader.skip(4);
    reader.tags();
    if (errorCode === 0 && name !== null) ids.set(name, id);
  });
  return ids;
}

/** Reads the compact forms of Kafka's newer messages. */
class FlexibleReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  skip(count: number): void {
    this.#at += count;
  }

  bytes(count: number): Buffer {
    this.#at += count;
    return this.#buffer.subarray(this.#at - count, this.#at);
  }

  int16(): number {
    this.#at += 2;
    return this.#buffer.readInt16BE(this.#at - 2);
  }

  text(): string | null {
    const length = this.#varint() - 1;
    return length < 0 ? null : this.bytes(length).toString('utf8');
  }

  list(readItem: () => void): void {
    for (let left = this.#varint() - 1; left > 0; left--) readItem();
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
