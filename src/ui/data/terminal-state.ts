import type { Settings, StackSnapshot, StatusSnapshot, Watchlist } from '../../contract/index.ts';
import type { Alert, AlertRule, Instrument } from '../../market/index.ts';
import type { ConnectionState } from './host-session.ts';

/** What changes a few times a minute and may live in React; prices are in the `TickStore`. Null means not loaded yet. */
export interface TerminalState {
  readonly connection: ConnectionState;
  readonly status: StatusSnapshot | null;
  /** Host clock minus this machine's, ms: countdowns and ages follow the host. */
  readonly hostClockOffsetMs: number;
  readonly watchlists: readonly Watchlist[] | null;
  readonly alertRules: readonly AlertRule[] | null;
  /** Newest first. */
  readonly alerts: readonly Alert[] | null;
  readonly settings: Settings | null;
  /** The bundled stack, since somebody looked at it. */
  readonly stack: StackSnapshot | null;
  readonly instruments: Readonly<Record<string, Instrument>>;
  /** The symbol that linked panes show. */
  readonly symbol: string | null;
  /** A moment that the chart of that symbol was asked to show; each wish is an object of its own. */
  readonly chartTime: { readonly symbol: string; readonly timeMs: number } | null;
}

export const INITIAL_STATE: TerminalState = {
  connection: { phase: 'connecting', attempt: 0 },
  status: null,
  hostClockOffsetMs: 0,
  watchlists: null,
  alertRules: null,
  alerts: null,
  settings: null,
  stack: null,
  instruments: {},
  symbol: null,
  chartTime: null,
};

/** How many alerts the window keeps; the host keeps them all. */
const KEPT_ALERTS = 500;

/** Puts an alert first, once: the same one may come again after a reconnect. */
export function withAlert(alerts: readonly Alert[] | null, alert: Alert): readonly Alert[] {
  const others = (alerts ?? []).filter((known) => known.id !== alert.id);
  return [alert, ...others].slice(0, KEPT_ALERTS);
}
