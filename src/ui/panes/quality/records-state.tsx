import type { ReactNode } from 'react';
import { Button, PaneState } from '../../components/controls.tsx';
import type { Records } from '../../data/use-records.ts';
import styles from './quality.module.css';

interface RecordsStateProps<T> {
  readonly records: Records<T>;
  /** What the list is of: `dead letters`. */
  readonly what: string;
  /** What stands there when there are none. */
  readonly empty: ReactNode;
  readonly children: (rows: readonly T[]) => ReactNode;
}

/** A list, or why there is none: waiting, offline, failed, empty. What was read before stays while the host is away. */
export function RecordsState<T>({ records, what, empty, children }: RecordsStateProps<T>) {
  const { page, problem, isOffline, reload } = records;
  if (page === null && isOffline) {
    return <PaneState title={`Not connected: ${what} are read as soon as the host is back.`} />;
  }
  if (page === null && problem !== null) {
    return (
      <PaneState title={`The ${what} could not be read`} isError>
        <p>{problem}</p>
        <Button onClick={reload}>Try again</Button>
      </PaneState>
    );
  }
  if (page === null) return <PaneState title={`Reading the ${what}…`} />;
  return (
    <>
      {(isOffline || problem !== null) && (
        <p className={styles['stale']} role="status">
          {isOffline ? 'Offline: as last read.' : `As last read: ${problem ?? ''}`}
        </p>
      )}
      {page.rows.length === 0 ? empty : children(page.rows)}
    </>
  );
}
