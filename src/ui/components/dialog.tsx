import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './controls.module.css';
import { Button } from './controls.tsx';

/** The browser's own modal dialog: it traps the focus, closes on Escape and gives the focus back, without a stylesheet. */
export function Dialog({
  title,
  onClose,
  children,
  className,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={[styles['dialog'], className].filter(Boolean).join(' ')}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <header className={styles['dialogHead']}>
        <span id={titleId}>{title}</span>
        <span className={styles['spacer']} />
        <Button look="icon" aria-label="Close" onClick={onClose}>
          <X size={13} aria-hidden />
        </Button>
      </header>
      <div className={styles['dialogBody']}>{children}</div>
    </dialog>
  );
}
