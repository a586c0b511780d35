import { useState } from 'react';
import type { DeadLetterCriteria, DeadLetterRecord } from '../../../contract/index.ts';
import { useTerminal } from '../../data/terminal-context.tsx';
import type { Records } from '../../data/use-records.ts';

interface LetterActions {
  /** A retry of all is under way. */
  readonly isRetryingAll: boolean;
  readonly retry: (letter: DeadLetterRecord) => Promise<void>;
  readonly retryAll: (criteria: DeadLetterCriteria) => Promise<void>;
  readonly discard: (letter: DeadLetterRecord) => Promise<void>;
}

/** What can be done about dead letters; each answer is shown in place, so that the selection stays where it is. */
export function useLetterActions(records: Records<DeadLetterRecord>): LetterActions {
  const terminal = useTerminal();
  const [isRetryingAll, setRetryingAll] = useState(false);

  const refresh = async (id: number) => {
    const letter = await terminal.attempt('The dead letter was not read', (requests) =>
      requests.deadLetters.get({ id }),
    );
    if (letter !== null) records.replace(letter);
  };
  const retry = async ({ id }: DeadLetterRecord) => {
    const letter = await terminal.attempt('Not retried', (requests) => requests.deadLetters.retry({ id }));
    if (letter === null) return refresh(id);
    records.replace(letter);
    const isSent = letter.state === 'retried';
    terminal.notify({
      key: 'letter-retry',
      level: isSent ? 'info' : 'warning',
      text: isSent ? `Dead letter ${id}: ${letter.outcome ?? 'retried'}` : `Refused again: ${letter.reason}`,
    });
  };
  const retryAll = async (criteria: DeadLetterCriteria) => {
    setRetryingAll(true);
    const counts = await terminal.attempt('Not all were retried', (requests) =>
      requests.deadLetters.retryAll({ filter: { ...criteria, state: 'open' } }),
    );
    setRetryingAll(false);
    records.reload();
    if (counts === null) return;
    const { retried, failed, unretryable } = counts;
    const parts = [
      `${retried} retried`,
      ...(failed > 0 ? [`${failed} refused again`] : []),
      ...(unretryable > 0 ? [`${unretryable} cannot be sent again`] : []),
    ];
    terminal.notify({
      key: 'letter-retry',
      level: failed + unretryable > 0 ? 'warning' : 'info',
      text: `Dead letters: ${parts.join(', ')}`,
    });
  };
  const reopen = async (id: number) => {
    const letter = await terminal.attempt('Not taken back', (requests) => requests.deadLetters.reopen({ id }));
    if (letter !== null) records.replace(letter);
  };
  const discard = async ({ id }: DeadLetterRecord) => {
    const letter = await terminal.attempt('Not discarded', (requests) => requests.deadLetters.discard({ id }));
    if (letter === null) return refresh(id);
    records.replace(letter);
    terminal.notify({
      key: 'letter-discard',
      level: 'info',
      text: `Dead letter ${id} discarded`,
      action: { label: 'Undo', run: () => void reopen(id) },
    });
  };
  return { isRetryingAll, retry, retryAll, discard };
}
