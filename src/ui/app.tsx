import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import styles from './app.module.css';
import { CommandBar } from './commands/command-bar.tsx';
import { KeyHelp } from './commands/key-help.tsx';
import { useGlobalKeys } from './commands/use-global-keys.ts';
import type { ShownWindows } from './data/shown-windows.ts';
import { useConnectionEpoch, useTerminal, useTerminalState } from './data/terminal-context.tsx';
import { ConnectionBanner } from './layout/connection-banner.tsx';
import { FeedBanner } from './layout/feed-banner.tsx';
import { Notices } from './layout/notices.tsx';
import { TopBar } from './layout/top-bar.tsx';
import { useAlertNotifications } from './layout/use-alert-notifications.ts';
import { useFlashing } from './layout/use-flashing.ts';
import { useWorkspace } from './layout/use-workspace.ts';
import { type Shell, ShellContext } from './layout/workspace-context.tsx';
import { Workspace } from './layout/workspace.tsx';
import { paneFunction } from './panes/pane-registry.ts';

export function App({ windows }: { readonly windows: ShownWindows }) {
  const { workspace, generation } = useWorkspace();
  return workspace === null ? <Waiting /> : <TerminalWindow key={generation} workspace={workspace} windows={windows} />;
}

/** Before the first connection there is no layout to show yet: say what is being waited for. */
function Waiting() {
  const connection = useTerminalState((state) => state.connection);
  const epoch = useConnectionEpoch();
  return (
    <div className={styles['app']}>
      <ConnectionBanner />
      <div className={styles['waiting']} role="status">
        <p className={styles['name']}>TapeDeck</p>
        <p>{epoch === null ? 'Connecting to the market pipeline…' : 'Reading the layout…'}</p>
        {connection.phase === 'lost' && <p className={styles['hint']}>{connection.reason}</p>}
      </div>
    </div>
  );
}

function TerminalWindow({
  workspace,
  windows,
}: {
  readonly workspace: Shell['workspace'];
  readonly windows: ShownWindows;
}) {
  const terminal = useTerminal();
  const [commandBar, setCommandBar] = useState<{ readonly text: string; readonly where: Document } | null>(null);
  const [keyHelpIn, setKeyHelpIn] = useState<Document | null>(null);
  const shell = useMemo<Shell>(
    () => ({
      workspace,
      // The next letter may come before React would draw, and has to find the field.
      openCommandBar: (text = '', where = document) => flushSync(() => setCommandBar({ text, where })),
      showKeys: (where = document) => setKeyHelpIn(where),
      show: (code, symbol = null, interval = null) => {
        if (symbol !== null) terminal.showSymbol(symbol);
        const asked = paneFunction(code);
        const paneId = workspace.open(asked?.pane.code ?? code);
        const change = { ...asked?.config, ...(interval === null ? {} : { interval }) };
        if (Object.keys(change).length === 0) return;
        const config = workspace.configOf(paneId);
        workspace.saveConfig(paneId, { ...(typeof config === 'object' ? config : {}), ...change });
      },
    }),
    [workspace, terminal],
  );
  const bindKeys = useGlobalKeys(shell);
  useAlertNotifications(shell);
  useFlashing();

  const unbindByWindow = useRef(new Map<Window, () => void>());
  const onWindowOpen = useCallback(
    (popout: Window) => {
      unbindByWindow.current.set(popout, bindKeys(popout));
      windows.add(popout);
    },
    [bindKeys, windows],
  );
  const onWindowClose = useCallback(
    (popout: Window) => {
      unbindByWindow.current.get(popout)?.();
      unbindByWindow.current.delete(popout);
      windows.remove(popout);
      setCommandBar((bar) => (bar?.where === popout.document ? null : bar));
      setKeyHelpIn((where) => (where === popout.document ? null : where));
    },
    [windows],
  );
  useEffect(() => {
    const stop = terminal.listen({ onShowSymbol: () => workspace.open('GP') });
    return stop;
  }, [terminal, workspace]);

  return (
    <ShellContext value={shell}>
      <div className={styles['app']}>
        <TopBar />
        <ConnectionBanner />
        <FeedBanner />
        <main className={styles['main']}>
          <Workspace onWindowOpen={onWindowOpen} onWindowClose={onWindowClose} />
        </main>
        {commandBar !== null &&
          createPortal(
            <CommandBar initialText={commandBar.text} onClose={() => setCommandBar(null)} />,
            commandBar.where.body,
          )}
        {keyHelpIn !== null && createPortal(<KeyHelp onClose={() => setKeyHelpIn(null)} />, keyHelpIn.body)}
        <Notices />
      </div>
    </ShellContext>
  );
}
