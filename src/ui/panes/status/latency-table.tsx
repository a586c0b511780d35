import type { PipelineHealth } from '../../../contract/index.ts';
import { BASIS_TEXT, formatMs, historyLines, stageEnds, type StageRow, stageRows } from './health-text.ts';
import styles from './latency.module.css';

const WIDTH = 120;
const HEIGHT = 14;

/** The way of a trade from the exchange to the screen, stage by stage. */
export function LatencyTable({ health }: { readonly health: PipelineHealth }) {
  return (
    <section aria-label="Latency">
      <h3 className={styles['heading']}>
        <span>latency, last minute</span>
        <span>p50</span>
        <span>p99</span>
        <span className={styles['span']}>{spanText(health)}</span>
      </h3>
      <ul className={styles['stages']}>
        {stageRows(health).map((row) => (
          <Stage key={row.stage} row={row} />
        ))}
      </ul>
      {health.basis !== 'exchange' && <p className={styles['note']}>{BASIS_TEXT[health.basis]}.</p>}
    </section>
  );
}

function Stage({ row }: { readonly row: StageRow }) {
  const [from, to] = stageEnds(row.stage);
  return (
    <li
      className={styles['stage']}
      data-stage={row.stage}
      data-whole={row.stage === 'exchange_to_screen' || undefined}
      title={row.reason === '' ? undefined : row.reason}
    >
      <span className={styles['name']}>
        {from} <i>→</i> {to}
        {row.skewMs >= 1 && (
          <em title={`Clocks differ: it seemed to end up to ${formatMs(row.skewMs)} before it began`}>
            {' '}
            skew {formatMs(row.skewMs)}
          </em>
        )}
      </span>
      <span className={styles['figure']}>{formatMs(row.p50)}</span>
      <span className={styles['figure']}>{formatMs(row.p99)}</span>
      <svg
        className={styles['history']}
        viewBox={`0 -1 ${String(WIDTH)} ${String(HEIGHT + 2)}`}
        preserveAspectRatio="none"
        aria-hidden
      >
        {historyLines(row.history, WIDTH, HEIGHT).map((points) => (
          <polyline key={points} points={points} />
        ))}
      </svg>
    </li>
  );
}

function spanText({ stages, historyStepMs }: PipelineHealth): string {
  const length = Math.max(0, ...stages.map(({ history }) => history.length));
  const minutes = Math.round((length * historyStepMs) / 60_000);
  return minutes < 1 ? 'p99' : `p99, ${String(minutes)} min`;
}
