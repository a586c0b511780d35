import { Component, type ErrorInfo, type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { paneByCode } from '../panes/pane-registry.ts';
import styles from './pane-frame.module.css';
import { useShell } from './workspace-context.tsx';

/** One pane: its component behind an error boundary, so that a fault in one leaves the others working. */
export function PaneFrame({ paneId, code }: { readonly paneId: string; readonly code: string }) {
  const { workspace } = useShell();
  const config = useSyncExternalStore(
    useCallback((onChange) => workspace.onConfig(onChange), [workspace]),
    () => workspace.configOf(paneId),
  );
  const saveConfig = useCallback((next: unknown) => workspace.saveConfig(paneId, next), [workspace, paneId]);
  const setTitle = useCallback((title: string) => workspace.setTitle(paneId, title), [workspace, paneId]);
  const pane = paneByCode(code);
  return (
    <section
      className={styles['frame']}
      data-pane-id={paneId}
      data-pane={code}
      aria-label={pane?.name ?? code}
      tabIndex={-1}
      onFocus={() => workspace.activated(paneId)}
    >
      {pane === undefined ? (
        <p className={styles['message']}>
          This layout asks for a pane “{code}” that this version does not have. Close it, or reset the layout.
        </p>
      ) : (
        <PaneBoundary name={pane.name}>
          <pane.component paneId={paneId} config={config} saveConfig={saveConfig} setTitle={setTitle} />
        </PaneBoundary>
      )}
    </section>
  );
}

interface BoundaryProps {
  readonly name: string;
  readonly children: ReactNode;
}

class PaneBoundary extends Component<BoundaryProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    reportError(new Error(`${this.props.name} pane: ${error.message}${info.componentStack ?? ''}`, { cause: error }));
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className={styles['message']} role="alert">
        <p>
          {this.props.name} stopped: {error.message}
        </p>
        <button type="button" onClick={() => this.setState({ error: null })}>
          Start it again
        </button>
      </div>
    );
  }
}
