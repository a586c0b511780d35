import type { ReactNode } from 'react';
import styles from './settings.module.css';

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles['section']}>
      <h2 className={styles['heading']}>{title}</h2>
      {children}
    </section>
  );
}

export function Row({
  label,
  hint = '',
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles['row']}>
      <div>
        <span>{label}</span>
        {hint !== '' && <small>{hint}</small>}
      </div>
      {children}
    </div>
  );
}
