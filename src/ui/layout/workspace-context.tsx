import { createContext, use } from 'react';
import type { Interval } from '../../market/index.ts';
import type { WorkspaceController } from './workspace-controller.ts';

/** What panes and menus can ask of the window around them. */
export interface Shell {
  readonly workspace: WorkspaceController;
  /** Opens the command bar, with this already typed, in the window it was asked for: the main one unless told. */
  readonly openCommandBar: (text?: string, where?: Document) => void;
  readonly showKeys: (where?: Document) => void;
  /** Shows the symbol and brings what the function code names to the front; `interval` is for one that has candles. */
  readonly show: (code: string, symbol?: string | null, interval?: Interval | null) => void;
}

export const ShellContext = createContext<Shell | null>(null);

export function useShell(): Shell {
  const shell = use(ShellContext);
  if (shell === null) throw new Error('useShell outside of ShellContext');
  return shell;
}
