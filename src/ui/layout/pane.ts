import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';

/** What a pane's component is given. `config` is whatever it saved before, from a file anyone may have edited. */
export interface PaneProps {
  readonly paneId: string;
  readonly config: unknown;
  /** Kept with the layout, across restarts. */
  readonly saveConfig: (config: unknown) => void;
  readonly setTitle: (title: string) => void;
}

/** One entry of the pane registry: see `panes/ADDING-A-PANE.md`. */
export interface PaneDefinition {
  /** The function code a user types; also the component name in saved layouts, so it never changes. */
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly icon: LucideIcon;
  /** Whether a typed `SYMBOL CODE` makes sense. */
  readonly takesSymbol: boolean;
  readonly component: ComponentType<PaneProps>;
  /** Further function codes, which open the pane at a place of its own. */
  readonly places?: readonly PanePlace[];
}

export interface PanePlace {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  /** What of the pane's configuration leads there. */
  readonly config: Readonly<Record<string, unknown>>;
}
