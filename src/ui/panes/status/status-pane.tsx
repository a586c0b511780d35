import { Activity } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ComponentState, PipelineHealth } from '../../../contract/index.ts';
import { PaneState } from '../../components/controls.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { formatCompact, MISSING } from '../../format/numbers.ts';
import { formatAge } from '../../format/times.ts';
import { datasetKind } from '../../layout/dataset-kind.ts';
import type { PaneDefinition } from '../../layout/pane.ts';
import { useShell } from '../../layout/workspace-context.tsx';
import { HostList } from './host-list.tsx';
import { LatencyTable } from './latency-table.tsx';
import styles from './status.module.css';
import { useHealth } from './use-health.ts';

export const statusPane: PaneDefinition = {
  code: 'HLTH',
  name: 'Health',
  description: 'How late the data is, what every host of the pipeline does, and what failed',
  icon: Activity,
  takesSymbol: false,
  component: StatusPane,
};

const STATE_WORDS: Readonly<Record<ComponentState['state'], string>> = {
  ok: 'ok',
  starting: 'starting',
  degraded: 'degraded',
  down: 'down',
  off: 'off',
};

function StatusPane() {
  const terminal = useTerminal();
  const status = useTerminalState((state) => state.status);
  const connection = useTerminalState((state) => state.connection);
  const [nowMs, setNowMs] = useState(() => terminal.hostNow());
  const health = useHealth();
  useEffect(() => {
    const timer = setInterval(() => setNowMs(terminal.hostNow()), 1_000);
    return () => clearInterval(timer);
  }, [terminal]);
  if (status === null) {
    return (
      <PaneState title={connection.phase === 'open' ? 'Waiting for the first status…' : 'Not connected'}>
        {connection.phase === 'lost' && <p>{connection.reason}</p>}
      </PaneState>
    );
  }
  const isConnected = connection.phase === 'open';
  const areFiguresOld = !isConnected || status.pipelineRun === null;
  return (
    <div className={styles['status']} tabIndex={0} data-pane-focus role="region" aria-label="Health">
      <div className={styles['body']}>
        {health === null ? (
          <p className={styles['waiting']} role="status">
            Latency and roles come as soon as the pipeline runs…
          </p>
        ) : (
          <>
            <div className={areFiguresOld ? styles['old'] : undefined}>
              <LatencyTable health={health} />
            </div>
            <div className={`${styles['hosts']} ${areFiguresOld ? styles['old'] : ''}`}>
              <HostList health={health} />
            </div>
          </>
        )}
        <ul className={styles['components']} aria-label="Components">
          <ComponentRow
            component={{
              name: 'connection',
              state: isConnected ? 'ok' : 'down',
              detail: connection.phase === 'lost' ? connection.reason : 'this window to the host',
              sinceMs: nowMs,
            }}
            age=""
          />
          {status.components.map((component) => (
            <ComponentRow
              key={component.name}
              component={isConnected ? component : { ...component, state: 'off', detail: '' }}
              age={isConnected ? formatAge(nowMs - component.sinceMs) : ''}
              outages={outagesOf(health, component.name)}
              isKnown={isConnected}
            />
          ))}
        </ul>
        <dl className={styles['figures']}>
          <Figure name="Trades/s" value={formatCompact(isConnected ? status.tradesPerSecond : Number.NaN)} />
          <Figure name="Dead letters" value={String(status.deadLetters)} isBad={status.deadLetters > 0} leadsTo="DLQ" />
          <Figure name="Open gaps" value={String(status.openGaps)} isBad={status.openGaps > 0} leadsTo="GAPS" />
          <Figure name="Dataset" value={datasetKind(status.dataset).label} />
          <Figure name="Stack" value={status.stack} />
          <Figure name="Feed" value={status.feed} />
          <Figure name="Version" value={status.version} />
          <Figure name="Roles" value={status.roles.join(', ') || MISSING} isWide />
        </dl>
      </div>
      {status.ignoredSettings.length > 0 && (
        <details className={styles['ignored']}>
          <summary>{status.ignoredSettings.length} settings have no effect</summary>
          <ul>
            {status.ignoredSettings.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function ComponentRow({
  component,
  age,
  outages = 0,
  isKnown = true,
}: {
  readonly component: ComponentState;
  readonly age: string;
  /** How often it worked and then did not, since the host started. */
  readonly outages?: number;
  readonly isKnown?: boolean;
}) {
  return (
    <li className={styles['component']} data-state={component.state}>
      <i className={styles['dot']} aria-hidden />
      <b>{component.name}</b>
      <span className={component.state === 'ok' ? styles['spoken'] : styles['word']}>
        {isKnown ? STATE_WORDS[component.state] : 'not known while offline'}
      </span>
      <span className={styles['detail']} title={component.detail}>
        {component.detail}
      </span>
      {outages > 0 && (
        <span className={styles['outages']}>
          {outages} {outages === 1 ? 'outage' : 'outages'}
        </span>
      )}
      <span className={styles['age']} title="In this state for">
        {age}
      </span>
    </li>
  );
}

function Figure({
  name,
  value,
  isBad = false,
  isWide = false,
  leadsTo,
}: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
  /** A row of its own, for text that may wrap. */
  readonly isWide?: boolean;
  /** Function code of the pane that knows more. */
  readonly leadsTo?: string;
}) {
  const shell = useShell();
  return (
    <div className={`${styles['figure']} ${isWide ? styles['wide'] : ''}`}>
      <dt>{name}</dt>
      <dd className={isBad ? styles['bad'] : undefined} title={value}>
        {leadsTo === undefined ? (
          value
        ) : (
          <button type="button" className={styles['link']} onClick={() => shell.show(leadsTo)}>
            {value}
          </button>
        )}
      </dd>
    </div>
  );
}

function outagesOf(health: PipelineHealth | null, name: string): number {
  const self = health?.hosts.find(({ isSelf }) => isSelf);
  return self?.components.find((component) => component.name === name)?.outages ?? 0;
}
