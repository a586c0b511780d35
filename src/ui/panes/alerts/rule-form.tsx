import { type FormEvent, useState } from 'react';
import type { AlertRuleInput } from '../../../contract/index.ts';
import { type AlertConditionKind, INTERVALS, type Interval } from '../../../market/index.ts';
import { Button, Choice, Field, TextInput } from '../../components/controls.tsx';
import { useTerminal } from '../../data/terminal-context.tsx';
import styles from './alerts.module.css';
import { CONDITION_KINDS, CONDITION_NAMES } from './condition-text.ts';
import {
  checkDraft,
  defaultLevel,
  LEVEL_LABELS,
  type RuleDefaults,
  type RuleDraft,
  usesInterval,
} from './rule-draft.ts';

/** One form for every kind of condition; the kind decides which fields it has. */
export function RuleForm({
  initial,
  defaults,
  onSave,
  onCancel,
}: {
  readonly initial: RuleDraft;
  readonly defaults: RuleDefaults | null;
  readonly onSave: (input: AlertRuleInput) => Promise<boolean>;
  readonly onCancel: () => void;
}) {
  const { ticks } = useTerminal();
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const change = (part: Partial<RuleDraft>) => {
    setDraft({ ...draft, ...part });
    setProblem(null);
  };
  const changeKind = (kind: AlertConditionKind) => {
    const symbol = draft.symbol.trim().toUpperCase();
    const last = symbol === '' || symbol === '*' ? Number.NaN : ticks.value(ticks.slotOf(symbol), 'last');
    change({ kind, level: defaultLevel(kind, defaults, last) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = checkDraft(draft);
    if ('problem' in checked) {
      setProblem(checked.problem);
      return;
    }
    const save = async () => {
      setSaving(true);
      const isSaved = await onSave(checked.input);
      if (!isSaved) setSaving(false);
    };
    void save();
  };
  const isEditing = draft.id !== null;
  return (
    <form
      className={styles['form']}
      aria-label={isEditing ? 'Edit rule' : 'New rule'}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <div className={styles['fields']}>
        <Field label="Symbol (* for all)">
          <TextInput
            autoFocus
            value={draft.symbol}
            onChange={(event) => change({ symbol: event.target.value.toUpperCase() })}
          />
        </Field>
        <Field label="When">
          <Choice value={draft.kind} onChange={(event) => changeKind(event.target.value as AlertConditionKind)}>
            {CONDITION_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {CONDITION_NAMES[kind]}
              </option>
            ))}
          </Choice>
        </Field>
        <Field label={LEVEL_LABELS[draft.kind]}>
          <TextInput
            inputMode="decimal"
            value={draft.level}
            onChange={(event) => change({ level: event.target.value })}
          />
        </Field>
        {usesInterval(draft.kind) && (
          <Field label="Candles">
            <Choice value={draft.interval} onChange={(event) => change({ interval: event.target.value as Interval })}>
              {INTERVALS.map((interval) => (
                <option key={interval}>{interval}</option>
              ))}
            </Choice>
          </Field>
        )}
        {draft.kind === 'percent-change' && (
          <Field label="Within, min">
            <TextInput
              inputMode="decimal"
              value={draft.windowMinutes}
              onChange={(event) => change({ windowMinutes: event.target.value })}
            />
          </Field>
        )}
        <Field label="Quiet after, min">
          <TextInput
            inputMode="decimal"
            title="How long the rule says nothing after it fired"
            value={draft.cooldownMinutes}
            onChange={(event) => change({ cooldownMinutes: event.target.value })}
          />
        </Field>
        <Field label="Re-arm after, %">
          <TextInput
            inputMode="decimal"
            title="How far the value must go back before the rule can fire again"
            value={draft.hysteresisPercent}
            onChange={(event) => change({ hysteresisPercent: event.target.value })}
          />
        </Field>
        <Field label="Note">
          <TextInput maxLength={200} value={draft.note} onChange={(event) => change({ note: event.target.value })} />
        </Field>
      </div>
      {problem !== null && (
        <p role="alert" className={styles['problem']}>
          {problem}
        </p>
      )}
      <div className={styles['formButtons']}>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" disabled={isSaving}>
          {isEditing ? 'Save rule' : 'Create rule'}
        </Button>
      </div>
    </form>
  );
}
