import { useEffect, useState } from 'react';
import { useTerminal, useTerminalState } from '../data/terminal-context.tsx';
import styles from './connection-banner.module.css';

/** Says that prices stand still and why, for as long as there is no connection. */
export function ConnectionBanner() {
  const terminal = useTerminal();
  const connection = useTerminalState((state) => state.connection);
  const hasData = useTerminalState(({ status }) => status !== null);
  const [nowMs, setNowMs] = useState(() => performance.timeOrigin + performance.now());
  const isLost = connection.phase === 'lost';
  useEffect(() => {
    if (!isLost) return undefined;
    const tick = () => setNowMs(performance.timeOrigin + performance.now());
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [isLost]);
  if (connection.phase !== 'lost') return null;
  const seconds = Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000));
  return (
    <div className={styles['banner']} role="alert">
      <b>Offline.</b>
      <span>
        {connection.reason} {hasData ? 'Prices stand still.' : ''}
      </span>
      <span className={styles['retry']}>{seconds > 0 ? `Next try in ${seconds} s` : 'Trying…'}</span>
      <button type="button" onClick={() => terminal.retryNow()}>
        Try now
      </button>
    </div>
  );
}
