import type { PaneDefinition, PanePlace } from '../layout/pane.ts';
import { alertsPane } from './alerts/alerts-pane.tsx';
import { chartPane } from './chart/chart-pane.tsx';
import { descriptionPane } from './description/description-pane.tsx';
import { qualityPane } from './quality/quality-pane.tsx';
import { settingsPane } from './settings/settings-pane.tsx';
import { statusPane } from './status/status-pane.tsx';
import { watchlistPane } from './watchlist/watchlist-pane.tsx';

/** Every pane there is, in the order that menus show them. A new one is a folder and a line here. */
export const PANES: readonly PaneDefinition[] = [
  watchlistPane,
  chartPane,
  descriptionPane,
  alertsPane,
  statusPane,
  qualityPane,
  settingsPane,
];

/** What a function code opens: a pane, or a place in one. */
export interface PaneFunction {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly pane: PaneDefinition;
  /** Null where the pane opens as it was left. */
  readonly config: PanePlace['config'] | null;
}

export const PANE_FUNCTIONS: readonly PaneFunction[] = PANES.flatMap((pane) => [
  { code: pane.code, name: pane.name, description: pane.description, pane, config: null },
  ...(pane.places ?? []).map((place) => ({ ...place, pane })),
]);

export const FUNCTION_CODES: ReadonlySet<string> = new Set(PANE_FUNCTIONS.map(({ code }) => code));

export function paneFunction(code: string): PaneFunction | undefined {
  return PANE_FUNCTIONS.find((known) => known.code === code);
}

export function paneByCode(code: string): PaneDefinition | undefined {
  return PANES.find((pane) => pane.code === code);
}
