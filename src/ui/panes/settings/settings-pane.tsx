import { Settings as SettingsIcon } from 'lucide-react';
import { useState } from 'react';
import type { Settings } from '../../../contract/index.ts';
import { Button, Choice, PaneState, Toggle } from '../../components/controls.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import type { PaneDefinition, PaneProps } from '../../layout/pane.ts';
import { AlpacaKeys } from './alpaca-keys.tsx';
import { Row, Section } from './section.tsx';
import styles from './settings.module.css';
import { StackSection } from './stack-section.tsx';

export const settingsPane: PaneDefinition = {
  code: 'SET',
  name: 'Settings',
  description: 'Feed, keys, notifications, looks',
  icon: SettingsIcon,
  takesSymbol: false,
  component: SettingsPane,
  places: [
    {
      code: 'STACK',
      name: 'Bundled stack',
      description: 'Kafka and TimescaleDB in Docker: health, start, stop',
      config: { section: 'stack' },
    },
  ],
};

function SettingsPane({ config }: PaneProps) {
  const terminal = useTerminal();
  const settings = useTerminalState((state) => state.settings);
  const runningFeed = useTerminalState(({ status }) => status?.feed ?? null);
  const [isRestarting, setRestarting] = useState(false);
  if (settings === null) return <PaneState title="Waiting for the host’s settings…" />;
  const change = (part: Partial<Settings>) => void terminal.updateSettings(part);
  const restart = async () => {
    setRestarting(true);
    await terminal.attempt('The pipeline was not restarted', (requests) => requests.settings.restartPipeline());
    setRestarting(false);
  };
  const isDesktop = window.tapedeck !== undefined;
  return (
    <div className={styles['settings']} tabIndex={0} data-pane-focus role="region" aria-label="Settings">
      <Section title="Market data">
        <Row label="Feed" hint={runningFeed === null ? '' : `running: ${runningFeed}`}>
          <Choice
            aria-label="Feed"
            value={settings.feed ?? ''}
            onChange={(event) =>
              change({ feed: event.target.value === '' ? null : (event.target.value as 'mock' | 'alpaca') })
            }
          >
            <option value="">As started</option>
            <option value="mock">Mock market</option>
            <option value="alpaca">Alpaca</option>
          </Choice>
        </Row>
        <Row label="Alpaca data" hint="what your plan includes">
          <Choice
            aria-label="Alpaca data"
            value={settings.alpacaDataFeed}
            onChange={(event) => change({ alpacaDataFeed: event.target.value as Settings['alpacaDataFeed'] })}
          >
            <option value="iex">IEX (free)</option>
            <option value="sip">SIP, all exchanges</option>
            <option value="delayed_sip">SIP, 15 minutes late</option>
            <option value="test">Test stream</option>
          </Choice>
        </Row>
        <AlpacaKeys />
        <Row label="Apply" hint="feed and keys take effect with a restart of the pipeline">
          <Button look="primary" disabled={isRestarting} onClick={() => void restart()}>
            {isRestarting ? 'Restarting…' : 'Restart pipeline'}
          </Button>
        </Row>
      </Section>
      <StackSection isSought={isSectionOf(config, 'stack')} />
      <Section title="Screen">
        <Row label="Flash changed cells" hint="never under “reduce motion”">
          <Toggle
            label="Flash changed cells"
            isOn={settings.flashCells}
            onChange={(flashCells) => change({ flashCells })}
          />
        </Row>
        <Row label="Clock and charts in">
          <Choice
            aria-label="Clock and charts in"
            value={settings.clockZone}
            onChange={(event) => change({ clockZone: event.target.value as Settings['clockZone'] })}
          >
            <option value="exchange">Exchange time (New York)</option>
            <option value="local">Local time</option>
            <option value="utc">UTC</option>
          </Choice>
        </Row>
      </Section>
      <Section title="Alerts">
        <Row label="Notifications" hint={isDesktop ? 'shown by the system' : browserPermissionHint()}>
          <Toggle
            label="Notifications"
            isOn={settings.notifications}
            onChange={(notifications) => {
              change({ notifications });
              if (notifications && !isDesktop && 'Notification' in window) void Notification.requestPermission();
            }}
          />
        </Row>
        {isDesktop && (
          <Row label="Keep running in the tray" hint="alerts go on after the window is closed">
            <Toggle
              label="Keep running in the tray"
              isOn={settings.closeToTray}
              onChange={(closeToTray) => change({ closeToTray })}
            />
          </Row>
        )}
      </Section>
    </div>
  );
}

function isSectionOf(config: unknown, section: string): boolean {
  return typeof config === 'object' && config !== null && 'section' in config && config.section === section;
}

function browserPermissionHint(): string {
  if (!('Notification' in window)) return 'this browser has none';
  if (Notification.permission === 'denied') return 'blocked in this browser’s site settings';
  return Notification.permission === 'granted' ? 'allowed in this browser' : 'the browser will ask';
}
