import type { PaneDefinition } from '../layout/pane.ts';
import { alertsPane } from './alerts/alerts-pane.tsx';
import { chartPane } from './chart/chart-pane.tsx';
import { descriptionPane } from './description/description-pane.tsx';
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
  settingsPane,
];

export const PANE_CODES: ReadonlySet<string> = new Set(PANES.map(({ code }) => code));

export function paneByCode(code: string): PaneDefinition | undefined {
  return PANES.find((pane) => pane.code === code);
}
