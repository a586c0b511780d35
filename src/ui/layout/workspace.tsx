import 'flexlayout-react/style/dark.css';
import { Layout, type TabNode } from 'flexlayout-react';
import { ExternalLink, Maximize2, Minimize2, X } from 'lucide-react';
import { useCallback } from 'react';
import { Button } from '../components/controls.tsx';
import { PaneFrame } from './pane-frame.tsx';
import { useShell } from './workspace-context.tsx';
import styles from './workspace.module.css';

const ICONS = {
  close: <X size={11} aria-hidden />,
  maximize: <Maximize2 size={11} aria-hidden />,
  restore: <Minimize2 size={11} aria-hidden />,
  popout: <ExternalLink size={11} aria-hidden />,
};

/** The docked panes. Their keys are the window's own, so flexlayout's are off but for closing a focused tab. */
export function Workspace({
  onWindowOpen,
  onWindowClose,
}: {
  readonly onWindowOpen: (popout: Window) => void;
  readonly onWindowClose: (popout: Window) => void;
}) {
  const { workspace, openCommandBar } = useShell();
  const factory = useCallback(
    (node: TabNode) => <PaneFrame paneId={node.getId()} code={node.getComponent() ?? ''} />,
    [],
  );
  const placeholder = useCallback(
    () => (
      <div className={styles['placeholder']}>
        <p>Every pane is closed.</p>
        <Button onClick={() => openCommandBar('')}>Open one</Button>
      </div>
    ),
    [openCommandBar],
  );
  return (
    <div className={styles['workspace']}>
      <Layout
        model={workspace.model}
        factory={factory}
        icons={ICONS}
        popoutURL="popout.html"
        popoutWindowName="TapeDeck"
        realtimeResize
        tabDragSpeed={0.1}
        invalidateTabContentOnParentRender={false}
        onPopoutOpen={(_layout, popoutWindow, popoutDocument) => {
          workspace.addDocument(popoutDocument);
          onWindowOpen(popoutWindow);
        }}
        onPopoutClose={(_layout, popoutWindow, popoutDocument) => {
          workspace.removeDocument(popoutDocument);
          onWindowClose(popoutWindow);
        }}
        onTabSetPlaceHolder={placeholder}
      />
    </div>
  );
}
