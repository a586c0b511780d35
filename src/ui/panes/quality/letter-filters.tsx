import type { ReactNode } from 'react';
import { Choice, TextInput } from '../../components/controls.tsx';
import { LETTER_TOPICS, type LetterChoice, type LetterSpan } from './dead-letter-filter.ts';
import styles from './quality.module.css';

interface LetterFiltersProps {
  readonly choice: LetterChoice;
  readonly onChange: (choice: LetterChoice) => void;
  readonly children: ReactNode;
}

export function LetterFilters({ choice, onChange, children }: LetterFiltersProps) {
  return (
    <div className={styles['filters']} role="search" aria-label="Filter">
      <Choice
        aria-label="State"
        value={choice.state}
        onChange={(event) => onChange({ ...choice, state: event.target.value as LetterChoice['state'] })}
      >
        <option value="open">Open</option>
        <option value="retried">Retried</option>
        <option value="discarded">Discarded</option>
        <option value="all">Any state</option>
      </Choice>
      <Choice
        aria-label="Topic"
        value={choice.topic}
        onChange={(event) => onChange({ ...choice, topic: event.target.value })}
      >
        <option value="all">Any topic</option>
        <option value="feed">Feed or file</option>
        {LETTER_TOPICS.map((topic) => (
          <option key={topic}>{topic}</option>
        ))}
      </Choice>
      <Choice
        aria-label="Time"
        value={choice.span}
        onChange={(event) => onChange({ ...choice, span: event.target.value as LetterSpan })}
      >
        <option value="any">Any time</option>
        <option value="hour">Last hour</option>
        <option value="day">Last day</option>
        <option value="week">Last week</option>
      </Choice>
      <TextInput
        type="search"
        aria-label="Reason"
        placeholder="Reason holds…"
        value={choice.reason}
        onChange={(event) => onChange({ ...choice, reason: event.target.value })}
      />
      {children}
    </div>
  );
}
