import { BellRing, Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AlertRuleInput } from '../../../contract/index.ts';
import type { AlertRule } from '../../../market/index.ts';
import { Button, PaneState, Toolbar } from '../../components/controls.tsx';
import { useConnectionEpoch, useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import type { PaneDefinition } from '../../layout/pane.ts';
import { AlertHistory } from './alert-history.tsx';
import styles from './alerts.module.css';
import { conditionText } from './condition-text.ts';
import { draftOfRule, newDraft, type RuleDefaults, type RuleDraft } from './rule-draft.ts';
import { RuleForm } from './rule-form.tsx';
import { RuleList } from './rule-list.tsx';

export const alertsPane: PaneDefinition = {
  code: 'ALRT',
  name: 'Alerts',
  description: 'Alert rules and what they fired',
  icon: BellRing,
  takesSymbol: true,
  component: AlertsPane,
};

function AlertsPane() {
  const terminal = useTerminal();
  const rules = useTerminalState(({ alertRules }) => alertRules);
  const alerts = useTerminalState((state) => state.alerts);
  const symbol = useTerminalState((state) => state.symbol);
  const epoch = useConnectionEpoch();
  const [view, setView] = useState<'rules' | 'history'>('rules');
  const [draft, setDraft] = useState<RuleDraft | null>(null);
  const [defaults, setDefaults] = useState<RuleDefaults | null>(null);

  useEffect(() => {
    if (epoch === null) return;
    const read = async () => {
      setDefaults(await terminal.attempt('Alert defaults were not read', (requests) => requests.alertRules.defaults()));
    };
    void read();
  }, [terminal, epoch]);

  const begin = () => {
    const target = symbol ?? '';
    const last = target === '' ? Number.NaN : terminal.ticks.value(terminal.ticks.slotOf(target), 'last');
    setDraft(newDraft(target, defaults, last));
  };
  const save = async (input: AlertRuleInput) => {
    askToNotify();
    const rule = await terminal.attempt('The rule was not saved', (requests) => requests.alertRules.save(input));
    if (rule === null) return false;
    const others = (terminal.state.getState().alertRules ?? []).filter(({ id }) => id !== rule.id);
    terminal.state.setState({ alertRules: [...others, rule] });
    return true;
  };
  /** Whether a rule is armed is said in the list, perhaps while its form is open. */
  const saveDraft = async (input: AlertRuleInput) => {
    const current = rules?.find(({ id }) => id === input.id);
    const isSaved = await save({ ...input, isEnabled: current?.isEnabled ?? input.isEnabled });
    if (isSaved) setDraft(null);
    return isSaved;
  };
  const remove = async (rule: AlertRule) => {
    const answer = await terminal.attempt('The rule was not deleted', (requests) =>
      requests.alertRules.remove({ id: rule.id }),
    );
    if (answer === null) return;
    terminal.state.setState(({ alertRules }) => ({
      alertRules: alertRules?.filter(({ id }) => id !== rule.id) ?? null,
    }));
    terminal.notify({
      key: 'rule-delete',
      level: 'info',
      text: `Rule deleted: ${rule.symbol} ${conditionText(rule.condition)}`,
      action: { label: 'Undo', run: () => void save(inputOf(rule)) },
    });
  };

  return (
    <>
      <Toolbar label="Alerts">
        <div role="tablist" aria-label="Alerts" className={styles['tabs']}>
          <button
            type="button"
            role="tab"
            className={styles['tab']}
            aria-selected={view === 'rules'}
            onClick={() => setView('rules')}
          >
            Rules <i>{rules?.length ?? ''}</i>
          </button>
          <button
            type="button"
            role="tab"
            className={styles['tab']}
            aria-selected={view === 'history'}
            onClick={() => setView('history')}
          >
            History <i>{alerts?.length ?? ''}</i>
          </button>
        </div>
        <Button look="icon" aria-label="New rule" title="New rule" disabled={epoch === null} onClick={begin}>
          <Plus size={13} aria-hidden />
        </Button>
      </Toolbar>
      {draft !== null && (
        <RuleForm
          key={draft.id ?? 'new'}
          initial={draft}
          defaults={defaults}
          onSave={saveDraft}
          onCancel={() => setDraft(null)}
        />
      )}
      {view === 'history' && <AlertHistory alerts={alerts} />}
      {view === 'rules' && rules === null && <PaneState title="Waiting for the host’s rules…" />}
      {view === 'rules' && rules?.length === 0 && draft === null && (
        <PaneState title="No alert rules yet">
          <p>A rule watches price, percent change, RSI, volatility or volume, also while this window is closed.</p>
          <Button look="primary" disabled={epoch === null} onClick={begin}>
            New rule
          </Button>
        </PaneState>
      )}
      {view === 'rules' && rules !== null && rules.length > 0 && (
        <RuleList
          rules={rules}
          onEdit={(rule) => setDraft(draftOfRule(rule))}
          onToggle={(rule) => void save({ ...inputOf(rule), isEnabled: !rule.isEnabled })}
          onRemove={(rule) => void remove(rule)}
        />
      )}
    </>
  );
}

/** The first rule is the moment to ask: a browser allows the question only after something the user did. */
function askToNotify(): void {
  if (window.tapedeck !== undefined || !('Notification' in window)) return;
  if (Notification.permission === 'default') void Notification.requestPermission();
}

function inputOf({ createdMs: _created, updatedMs: _updated, ...input }: AlertRule): AlertRuleInput {
  return input;
}
