import { ShieldAlert } from 'lucide-react';
import type { ComponentType, KeyboardEvent } from 'react';
import { Toolbar } from '../../components/controls.tsx';
import { useTerminalState } from '../../data/terminal-context.tsx';
import { formatCompact } from '../../format/numbers.ts';
import type { PaneDefinition, PaneProps } from '../../layout/pane.ts';
import { DaysTab } from './days-tab.tsx';
import { DeadLettersTab } from './dead-letters-tab.tsx';
import { ErrorsTab } from './errors-tab.tsx';
import { GapsTab } from './gaps-tab.tsx';
import { QUALITY_TABS, type QualityTab, readQualityConfig } from './quality-config.ts';
import styles from './quality.module.css';

export const qualityPane: PaneDefinition = {
  code: 'QLTY',
  name: 'Data quality',
  description: 'Coverage by symbol and day, gaps, messages that could not be used, errors',
  icon: ShieldAlert,
  takesSymbol: false,
  component: QualityPane,
  places: [
    { code: 'GAPS', name: 'Gaps', description: 'Stretches of data that were lost', config: { tab: 'gaps' } },
    {
      code: 'DLQ',
      name: 'Dead letters',
      description: 'Messages that could not be used; retry or discard them',
      config: { tab: 'dead-letters' },
    },
    { code: 'ERR', name: 'Errors', description: 'What failed, where, how often', config: { tab: 'errors' } },
  ],
};

const TABS: Readonly<Record<QualityTab, { readonly title: string; readonly component: ComponentType }>> = {
  days: { title: 'Quality', component: DaysTab },
  gaps: { title: 'Gaps', component: GapsTab },
  'dead-letters': { title: 'Dead letters', component: DeadLettersTab },
  errors: { title: 'Errors', component: ErrorsTab },
};

function QualityPane({ config, saveConfig }: PaneProps) {
  const { tab } = readQualityConfig(config);
  const openGaps = useTerminalState(({ status }) => status?.openGaps ?? null);
  const deadLetters = useTerminalState(({ status }) => status?.deadLetters ?? null);
  const counts: Partial<Record<QualityTab, number | null>> = { gaps: openGaps, 'dead-letters': deadLetters };
  // Lists of another dataset, and what is chosen in them, say nothing about this one.
  const dataset = useTerminalState(({ status }) => status?.dataset);
  const { component: Tab } = TABS[tab];
  const onTabKey = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step === undefined ? undefined : QUALITY_TABS[QUALITY_TABS.indexOf(tab) + step];
    if (next === undefined) return;
    event.preventDefault();
    saveConfig({ tab: next });
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <>
      <Toolbar label="Data quality">
        <div role="tablist" aria-label="Data quality" className={styles['tabs']} onKeyDown={onTabKey}>
          {QUALITY_TABS.map((id) => (
            <button
              key={id}
              type="button"
              role="tab"
              data-tab={id}
              className={styles['tab']}
              aria-selected={id === tab}
              tabIndex={id === tab ? 0 : -1}
              onClick={() => saveConfig({ tab: id })}
            >
              {TABS[id].title}
              {(counts[id] ?? 0) > 0 && <i> {formatCompact(counts[id] ?? 0)}</i>}
            </button>
          ))}
        </div>
      </Toolbar>
      <Tab key={dataset} />
    </>
  );
}
