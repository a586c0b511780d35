import { ROW_COLUMNS } from '../../contract/index.ts';
import type { SymbolState } from './symbol-state.ts';

/** The rows of a frame, column-major: `indexes[row]` is the state's place in the client's `watch` message. */
export function frameRows(states: readonly SymbolState[], indexes: ArrayLike<number>, rowCount: number): Float64Array {
  const columnCount = ROW_COLUMNS.length;
  const rows = new Float64Array(columnCount * rowCount);
  for (let row = 0; row < rowCount; row++) {
    const index = indexes[row] ?? 0;
    const values = states[index]?.values;
    if (values === undefined) continue;
    rows[row] = index;
    for (let column = 1, at = rowCount + row; column < columnCount; column++, at += rowCount) {
      rows[at] = values[column] ?? Number.NaN;
    }
  }
  return rows;
}
