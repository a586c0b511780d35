import type { Alert } from '../../../market/index.ts';
import { PaneState } from '../../components/controls.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { formatClock, formatDay } from '../../format/times.ts';
import styles from './alerts.module.css';
import { alertValueText, conditionText } from './condition-text.ts';

/** What fired, newest first. */
export function AlertHistory({ alerts }: { readonly alerts: readonly Alert[] | null }) {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  if (alerts === null) return <PaneState title="Waiting for the host’s history…" />;
  if (alerts.length === 0) {
    return (
      <PaneState title="Nothing has fired yet">
        <p>Each alert stays here with its time and value.</p>
      </PaneState>
    );
  }
  const today = formatDay(terminal.marketNow(), zone);
  return (
    <ol className={styles['history']} aria-label="Alert history" tabIndex={0} data-pane-focus>
      {alerts.map((alert) => {
        const day = formatDay(alert.timeMs, zone);
        return (
          <li key={alert.id} className={styles['fired']}>
            <time dateTime={new Date(alert.timeMs).toISOString()}>
              {day === today
                ? formatClock(alert.timeMs, zone)
                : `${day} ${formatClock(alert.timeMs, zone).slice(0, 5)}`}
            </time>
            <button type="button" className={styles['ruleSymbol']} onClick={() => terminal.showSymbol(alert.symbol)}>
              {alert.symbol}
            </button>
            <span className={styles['ruleText']} title={alert.message}>
              {conditionText(alert.condition)}
            </span>
            <b>{alertValueText(alert)}</b>
          </li>
        );
      })}
    </ol>
  );
}
