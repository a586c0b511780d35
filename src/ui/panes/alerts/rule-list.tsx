import { Pencil, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import type { AlertRule } from '../../../market/index.ts';
import { latinKey } from '../../commands/key-text.ts';
import { Button, Toggle } from '../../components/controls.tsx';
import { useTerminal } from '../../data/terminal-context.tsx';
import styles from './alerts.module.css';
import { conditionText } from './condition-text.ts';

export function RuleList({
  rules,
  onEdit,
  onToggle,
  onRemove,
}: {
  readonly rules: readonly AlertRule[];
  readonly onEdit: (rule: AlertRule) => void;
  readonly onToggle: (rule: AlertRule) => void;
  readonly onRemove: (rule: AlertRule) => void;
}) {
  const terminal = useTerminal();
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const ordered = [...rules].sort((a, b) => a.symbol.localeCompare(b.symbol) || a.createdMs - b.createdMs);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const at = ordered.findIndex(({ id }) => id === selectedId);
    const selected = ordered[at];
    const letter = latinKey(event);
    if (event.key === 'ArrowDown' || letter === 'J')
      setSelectedId(ordered[Math.min(at + 1, ordered.length - 1)]?.id ?? null);
    else if (event.key === 'ArrowUp' || letter === 'K') setSelectedId(ordered[Math.max(at - 1, 0)]?.id ?? null);
    else if (event.key === 'Enter' && selected !== undefined) onEdit(selected);
    else if (event.key === ' ' && selected !== undefined) onToggle(selected);
    else if (event.key === 'Delete' && selected !== undefined) onRemove(selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <ul className={styles['rules']} aria-label="Alert rules" tabIndex={0} data-pane-focus onKeyDown={onKeyDown}>
      {ordered.map((rule) => (
        <li
          key={rule.id}
          className={[
            styles['rule'],
            rule.isEnabled ? '' : styles['off'],
            rule.id === selectedId ? styles['selected'] : '',
          ]
            .filter(Boolean)
            .join(' ')}
          onPointerDown={() => setSelectedId(rule.id)}
        >
          <Toggle
            label={`${rule.isEnabled ? 'Disable' : 'Enable'} ${rule.symbol} ${conditionText(rule.condition)}`}
            isOn={rule.isEnabled}
            onChange={() => onToggle(rule)}
          />
          <button
            type="button"
            className={styles['ruleSymbol']}
            disabled={rule.symbol === '*'}
            title={rule.symbol === '*' ? 'Every symbol you watch' : `Show ${rule.symbol}`}
            onClick={() => terminal.showSymbol(rule.symbol)}
          >
            {rule.symbol === '*' ? 'all' : rule.symbol}
          </button>
          <span className={styles['ruleText']} title={rule.note === '' ? conditionText(rule.condition) : rule.note}>
            {conditionText(rule.condition)}
            {rule.note !== '' && <i>{rule.note}</i>}
          </span>
          <Button look="icon" aria-label="Edit rule" title="Edit" onClick={() => onEdit(rule)}>
            <Pencil size={11} aria-hidden />
          </Button>
          <Button look="icon" aria-label="Delete rule" title="Delete" onClick={() => onRemove(rule)}>
            <Trash2 size={11} aria-hidden />
          </Button>
        </li>
      ))}
    </ul>
  );
}
