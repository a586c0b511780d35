import { mulberry32 } from '../pipeline-trades.ts';

const GOOD =
  '"type":"trade","symbol":"AAPL","time":"2026-07-13T14:00:00Z","price":101.25,"size":100,"id":"1","exchange":"V"';

/** One of every way in which a line or a message can be wrong; `mark` makes it unlike all others. */
const KINDS: readonly ((mark: string) => string)[] = [
  (mark) => `not JSON at all ${mark}`,
  (mark) => `{${GOOD},"mark":"${mark}"`,
  (mark) => `["${mark}"]`,
  (mark) => `"${mark}"`,
  () => 'null',
  () => '17',
  (mark) => `{"mark":"${mark}"}`,
  (mark) => `{"type":"gossip","symbol":"AAPL","text":"${mark}"}`,
  (mark) => `{"type":"trade","symbol":"AAPL","id":"${mark}"}`,
  (mark) => `{${GOOD.replace('101.25', '-1')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('101.25', '0')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('101.25', '1e999')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('101.25', '"many"')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('"size":100', '"size":-100')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('2026-07-13T14:00:00Z', 'yesterday')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('2026-07-13T14:00:00Z', '2026-13-45T99:00:00Z')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('"AAPL"', '"not a symbol"')},"mark":"${mark}"}`,
  (mark) => `{${GOOD.replace('"AAPL"', '42')},"mark":"${mark}"}`,
  (mark) => `{"type":"correction","symbol":"AAPL","time":"2026-07-13T14:00:00Z","mark":"${mark}"}`,
  (mark) => `{"type":"cancel","symbol":"AAPL","time":"2026-07-13T14:00:00Z","mark":"${mark}"}`,
  (mark) => `{"type":"bar","symbol":"AAPL","time":"2026-07-13T14:00:00Z","open":2,"high":1,"mark":"${mark}"}`,
  (mark) => `{"type":"trade\\u0000","symbol":"\\ud800","mark":"${mark}"}`,
  (mark) => `\u0000\u0001\u001b[31m\uFFFD${mark}`,
  (mark) => `{"type":"${'x'.repeat(70_000)}","mark":"${mark}"}`,
];

/** Seeded, every kind in turn; none is blank, because a blank line says nothing and is no error. */
export function malformedLines(count: number, seed: number): readonly string[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length];
    return kind === undefined ? '' : kind(`${String(index)}-${String(Math.floor(random() * 1e9))}`);
  });
}
