import { useEffect } from 'react';
import { toast, Toaster } from 'sonner';
import { useTerminal } from '../data/terminal-context.tsx';
import styles from './notices.module.css';

const DURATION_MS = { info: 5_000, warning: 8_000, error: 12_000 } as const;

/** Notices as toasts at the lower edge; one key is one toast, however often it comes. */
export function Notices() {
  const terminal = useTerminal();
  useEffect(() => {
    const stop = terminal.listen({
      onNotice: ({ key, level, text, action }) => {
        toast(text, {
          id: key,
          className: [styles['toast'], styles[level]].filter(Boolean).join(' '),
          duration: DURATION_MS[level],
          ...(action === undefined ? {} : { action: { label: action.label, onClick: () => action.run() } }),
        });
      },
    });
    return stop;
  }, [terminal]);
  return <Toaster theme="dark" position="bottom-right" visibleToasts={4} expand closeButton offset={12} gap={6} />;
}
