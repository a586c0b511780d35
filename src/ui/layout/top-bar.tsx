import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { SessionInfo } from '../../contract/index.ts';
import { keyLabel } from '../commands/key-text.ts';
import { useTerminal, useTerminalState } from '../data/terminal-context.tsx';
import { formatCompact, MISSING } from '../format/numbers.ts';
import { CLOCK_ZONES, formatClock, formatCountdown, formatLongDay, zoneLabel } from '../format/times.ts';
import markUrl from '../theme/mark.svg';
import { datasetKind } from './dataset-kind.ts';
import styles from './top-bar.module.css';
import { useShell } from './workspace-context.tsx';

const PHASE_NAMES: Readonly<Record<SessionInfo['phase'], string>> = {
  pre: 'PRE',
  open: 'OPEN',
  post: 'POST',
  closed: 'CLOSED',
};

/** What must be seen at any time: whether prices are real, the session, the time, the connection. */
export function TopBar() {
  const shell = useShell();
  const status = useTerminalState((state) => state.status);
  const dataset = status === null ? null : datasetKind(status.dataset);
  return (
    <header className={styles['bar']}>
      <span className={styles['brand']}>
        <img src={markUrl} alt="" width={16} height={16} />
        TapeDeck
      </span>
      {dataset !== null && (
        <span
          className={styles['dataset']}
          data-kind={dataset.kind}
          title={dataset.kind === 'live' ? 'Real prices' : 'These prices are not live market data'}
        >
          {dataset.label}
        </span>
      )}
      {status !== null && <Session session={status.session} />}
      <button type="button" className={styles['search']} onClick={() => shell.openCommandBar('')}>
        <Search size={12} aria-hidden />
        <span>Symbol or command</span>
        <kbd>{keyLabel('$mod+KeyK', navigator.platform)}</kbd>
      </button>
      <Losses />
      <Rate />
      <Clock />
      <Connection />
    </header>
  );
}

/** The market's time, at least once a second. */
function useMarketNow(): number {
  const terminal = useTerminal();
  const [nowMs, setNowMs] = useState(() => terminal.marketNow());
  useEffect(() => {
    const read = () => setNowMs(terminal.marketNow());
    const timer = setInterval(read, 1_000);
    // A replay moves with what the host tells, and a phase must not be shown with the time of the one before.
    const unsubscribe = terminal.state.subscribe(read);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }, [terminal]);
  return nowMs;
}

function Session({ session }: { readonly session: SessionInfo }) {
  const nowMs = useMarketNow();
  const { changesAtMs, nextPhase, phase } = session;
  const isEndless = changesAtMs === null || nextPhase === null;
  return (
    <span className={styles['session']} data-phase={phase} title={isEndless ? 'This market does not close' : undefined}>
      <b>{PHASE_NAMES[phase]}</b>
      {isEndless ? (
        <span>24h</span>
      ) : (
        <span>
          {PHASE_NAMES[nextPhase].toLowerCase()} in {formatCountdown(changesAtMs - nowMs)}
        </span>
      )}
    </span>
  );
}

function Rate() {
  const rate = useTerminalState(({ status, connection }) =>
    connection.phase === 'open' ? (status?.tradesPerSecond ?? null) : null,
  );
  return (
    <span className={styles['rate']} title="Trades per second from the feed">
      <b>{rate === null ? MISSING : formatCompact(Math.round(rate))}</b> trades/s
    </span>
  );
}

/** Only where there are any: what was lost or could not be used wants somebody to look. */
function Losses() {
  const shell = useShell();
  const openGaps = useTerminalState(({ status }) => status?.openGaps ?? 0);
  const deadLetters = useTerminalState(({ status }) => status?.deadLetters ?? 0);
  const losses = [
    { code: 'GAPS', count: openGaps, word: openGaps === 1 ? 'gap' : 'gaps', title: 'Open gaps in the data' },
    { code: 'DLQ', count: deadLetters, word: 'dead', title: 'Dead letters: messages that could not be used' },
  ];
  return losses
    .filter(({ count }) => count > 0)
    .map(({ code, count, word, title }) => (
      <button
        key={code}
        type="button"
        className={styles['loss']}
        title={`${title}: ${count}. Click to look`}
        onClick={() => shell.show(code)}
      >
        <b>{formatCompact(count)}</b> {word}
      </button>
    ));
}

function Clock() {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const nowMs = useMarketNow();
  const next = CLOCK_ZONES[(CLOCK_ZONES.indexOf(zone) + 1) % CLOCK_ZONES.length] ?? 'exchange';
  return (
    <button
      type="button"
      className={styles['clock']}
      title={`${formatLongDay(nowMs, zone)}. Click for ${zoneLabel(next)} time`}
      onClick={() => void terminal.updateSettings({ clockZone: next })}
    >
      {formatClock(nowMs, zone)} <span>{zoneLabel(zone)}</span>
    </button>
  );
}

const CONNECTION_WORDS = { connecting: 'connecting', open: 'connected', lost: 'offline' } as const;

function Connection() {
  const shell = useShell();
  const connection = useTerminalState((state) => state.connection);
  const worst = useTerminalState(({ status }) =>
    status?.components.find(({ state }) => state === 'down' || state === 'degraded' || state === 'starting'),
  );
  const trouble = connection.phase === 'open' ? worst : undefined;
  const state = connection.phase === 'open' ? (trouble?.state ?? 'ok') : connection.phase;
  return (
    <button
      type="button"
      className={styles['connection']}
      data-state={state}
      title={trouble === undefined ? 'Open health' : `${trouble.name}: ${trouble.detail}`}
      onClick={() => shell.show('HLTH')}
    >
      <i aria-hidden />
      {trouble === undefined ? CONNECTION_WORDS[connection.phase] : `${trouble.name} ${trouble.state}`}
    </button>
  );
}
