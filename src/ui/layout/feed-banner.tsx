import { useTerminalState } from '../data/terminal-context.tsx';
import styles from './connection-banner.module.css';
import { useShell } from './workspace-context.tsx';

/** Says why no prices come, for as long as the feed is down: without it empty panes look as if they only had to wait. */
export function FeedBanner() {
  const shell = useShell();
  const reason = useTerminalState(({ status, connection }) => {
    const feed = status?.components.find(({ name }) => name === 'feed');
    return connection.phase === 'open' && feed?.state === 'down' ? feed.detail : null;
  });
  if (reason === null) return null;
  return (
    <div className={styles['banner']} role="alert">
      <b>No market data.</b>
      <span>{reason}</span>
      <button type="button" className={styles['aside']} onClick={() => shell.show('SET')}>
        Settings
      </button>
    </div>
  );
}
