import { RotateCw, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { DeadLetterRecord } from '../../../contract/index.ts';
import { Button } from '../../components/controls.tsx';
import { describeError } from '../../data/terminal.ts';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { MISSING } from '../../format/numbers.ts';
import { prettyPayload } from './dead-letter-filter.ts';
import { Fact } from './fact.tsx';
import styles from './quality.module.css';
import { timeText } from './time-text.ts';

interface LetterInspectorProps {
  readonly letter: DeadLetterRecord;
  readonly onRetry: (letter: DeadLetterRecord) => void;
  readonly onDiscard: (letter: DeadLetterRecord) => void;
  readonly onClose: () => void;
}

/** Everything about one dead letter; the list holds only the beginning of its payload. */
export function LetterInspector({ letter, onRetry, onDiscard, onClose }: LetterInspectorProps) {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const { id } = letter;
  const [payload, setPayload] = useState<{ readonly id: number; readonly text: string } | null>(null);
  useEffect(() => {
    let isWanted = true;
    const read = async () => {
      try {
        const whole = await terminal.requests().deadLetters.get({ id });
        if (isWanted) setPayload({ id, text: prettyPayload(whole.payload) });
      } catch (error) {
        if (isWanted) setPayload({ id, text: `The payload could not be read: ${describeError(error)}` });
      }
    };
    void read();
    return () => {
      isWanted = false;
    };
  }, [terminal, id]);
  const isOpen = letter.state === 'open';
  return (
    <section className={styles['inspector']} aria-label="Dead letter">
      <div className={styles['actions']}>
        <Button disabled={!isOpen} onClick={() => onRetry(letter)}>
          <RotateCw size={11} aria-hidden /> Retry
        </Button>
        <Button disabled={!isOpen} onClick={() => onDiscard(letter)}>
          <Trash2 size={11} aria-hidden /> Discard
        </Button>
        <Button onClick={onClose}>Close</Button>
      </div>
      <p className={styles['message']}>{letter.reason}</p>
      <dl className={styles['facts']}>
        <Fact name="Time" value={timeText(letter.timeMs, zone)} />
        <Fact name="Origin" value={letter.origin} />
        <Fact name="Topic" value={letter.topic === '' ? MISSING : letter.topic} />
        <Fact name="Partition" value={String(letter.partition ?? MISSING)} />
        <Fact name={letter.topic === '' ? 'Line' : 'Offset'} value={String(letter.position ?? MISSING)} />
        <Fact name="State" value={letter.state} />
        <Fact name="Retries" value={String(letter.retries)} />
        {letter.outcome !== null && (
          <Fact
            name="Outcome"
            value={`${letter.outcome}${letter.settledMs === null ? '' : `, ${timeText(letter.settledMs, zone)}`}`}
          />
        )}
      </dl>
      <pre className={styles['payload']} aria-label="Payload" tabIndex={0}>
        {payload?.id === id ? payload.text || '(empty)' : 'Reading the payload…'}
      </pre>
    </section>
  );
}
