import { useEffect, useRef, useState } from 'react';
import { describeError } from '../data/terminal.ts';
import { useConnectionEpoch, useTerminal } from '../data/terminal-context.tsx';
import { paneByCode } from '../panes/pane-registry.ts';
import { WorkspaceController } from './workspace-controller.ts';

const WORKSPACE_NAME = 'default';

/** The saved arrangement of panes, read once with the first connection; `generation` grows when it is replaced whole. */
export function useWorkspace(): { readonly workspace: WorkspaceController | null; readonly generation: number } {
  const terminal = useTerminal();
  const epoch = useConnectionEpoch();
  const [workspace, setWorkspace] = useState<WorkspaceController | null>(null);
  const [generation, setGeneration] = useState(0);
  const unsaved = useRef<string | null>(null);
  useEffect(() => {
    const model = unsaved.current;
    if (epoch === null || model === null) return;
    unsaved.current = null;
    void terminal.attempt('Your layout was not saved', (requests) =>
      requests.layout.save({ workspace: WORKSPACE_NAME, model }),
    );
  }, [terminal, epoch]);
  useEffect(() => {
    if (epoch === null || workspace !== null) return undefined;
    let isCurrent = true;
    const read = async () => {
      let saved: string | null = null;
      try {
        saved = await terminal.requests().layout.get({ workspace: WORKSPACE_NAME });
      } catch (error) {
        // A lost connection fails its requests before it is known to be lost. The next one asks again: the default layout
        // must not take the place of a saved one.
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (!terminal.isConnected(epoch)) return;
        terminal.notify({ key: 'layout', level: 'warning', text: `Your layout was not read: ${describeError(error)}` });
      }
      if (!isCurrent) return;
      setWorkspace(
        new WorkspaceController({
          saved,
          widthPx: window.innerWidth,
          nameOf: (code) => paneByCode(code)?.name ?? code,
          onReplace: () => setGeneration((count) => count + 1),
          save: (model) => {
            unsaved.current = model;
            if (terminal.state.getState().connection.phase !== 'open') return;
            unsaved.current = null;
            void terminal.attempt('Your layout was not saved', (requests) =>
              requests.layout.save({ workspace: WORKSPACE_NAME, model }),
            );
          },
        }),
      );
    };
    void read();
    return () => {
      isCurrent = false;
    };
  }, [terminal, epoch, workspace]);
  return { workspace, generation };
}
