import { useEffect } from 'react';
import { useTerminal, useTerminalState } from '../data/terminal-context.tsx';
import type { Shell } from './workspace-context.tsx';

/** An alert older than this came with a catch-up and is history, not news. */
const NEWS_MS = 5 * 60_000;

/**
 * Shows fired alerts: a notice in the window always; in a browser also a notification of the system, if the user allowed it.
 * On the desktop the main process shows that one, also while no window is open.
 */
export function useAlertNotifications(shell: Shell): void {
  const terminal = useTerminal();
  const isWanted = useTerminalState(({ settings }) => settings?.notifications ?? false);
  useEffect(() => {
    const stop = terminal.listen({
      onAlert: (alert) => {
        if (terminal.marketNow() - alert.timeMs > NEWS_MS) return;
        const show = () => shell.show('GP', alert.symbol);
        terminal.notify({
          key: `alert-${alert.ruleId}-${alert.symbol}`,
          level: 'warning',
          text: alert.message,
          action: { label: 'Show', run: show },
        });
        if (window.tapedeck !== undefined || !isWanted) return;
        if (!('Notification' in window) || Notification.permission !== 'granted') return;
        const notification = new Notification(`${alert.symbol} alert`, { body: alert.message, tag: alert.id });
        notification.addEventListener('click', () => {
          window.focus();
          show();
          notification.close();
        });
      },
    });
    return stop;
  }, [terminal, shell, isWanted]);
}
