import { PANE_FUNCTIONS } from '../panes/pane-registry.ts';
import type { Shell } from '../layout/workspace-context.tsx';

/** Something a key or the command bar can do. `keys` is in tinykeys' notation. */
export interface TerminalCommand {
  readonly id: string;
  readonly title: string;
  readonly keys?: string;
  readonly run: (shell: Shell) => void;
}

/** Every command there is; the key help and the command bar are made from this list. */
export const TERMINAL_COMMANDS: readonly TerminalCommand[] = [
  { id: 'command-bar', title: 'Command bar', keys: '$mod+KeyK', run: (shell) => shell.openCommandBar('') },
  { id: 'keys', title: 'Show the keys', keys: 'Shift+Slash', run: (shell) => shell.showKeys() },
  { id: 'next-pane', title: 'Next pane', keys: 'F6', run: ({ workspace }) => workspace.cycle(1) },
  { id: 'previous-pane', title: 'Previous pane', keys: 'Shift+F6', run: ({ workspace }) => workspace.cycle(-1) },
  {
    id: 'split-right',
    title: 'Split pane to the right',
    keys: '$mod+Backslash',
    run: ({ workspace }) => workspace.split('right'),
  },
  {
    id: 'split-down',
    title: 'Split pane downwards',
    keys: '$mod+Shift+Backslash',
    run: ({ workspace }) => workspace.split('down'),
  },
  {
    id: 'maximize',
    title: 'Maximise or restore pane',
    keys: '$mod+Shift+KeyM',
    run: ({ workspace }) => workspace.toggleMaximized(),
  },
  {
    id: 'pop-out',
    title: 'Pop pane out to a window',
    keys: '$mod+Shift+KeyO',
    run: ({ workspace }) => workspace.popOutActive(),
  },
  { id: 'close-pane', title: 'Close pane', keys: 'Alt+KeyW', run: ({ workspace }) => workspace.closeActive() },
  { id: 'alert', title: 'Alerts', keys: 'Alt+KeyA', run: (shell) => shell.show('ALRT') },
  { id: 'settings', title: 'Settings', keys: '$mod+Comma', run: (shell) => shell.show('SET') },
  {
    id: 'reset-layout',
    title: 'Reset the layout',
    run: ({ workspace }) => workspace.reset(window.innerWidth),
  },
];

/** Opens a pane, or a place in one, by its code. */
export const PANE_COMMANDS: readonly (TerminalCommand & { readonly code: string; readonly description: string })[] =
  PANE_FUNCTIONS.map(({ code, name, description }) => ({
    id: `pane-${code}`,
    code,
    title: name,
    description,
    run: (shell) => shell.show(code),
  }));

/** Keys that belong to one kind of pane and are handled there; listed for the help. */
export const PANE_KEYS: readonly { readonly keys: string; readonly title: string; readonly where: string }[] = [
  { keys: 'A…Z', title: 'Find a symbol: just type', where: 'Anywhere' },
  { keys: 'Esc', title: 'Cancel', where: 'Anywhere' },
  { keys: 'Tab / Shift+Tab', title: 'Next control or pane, back', where: 'Anywhere' },
  { keys: 'J / K / ↑ / ↓', title: 'Next, previous row', where: 'Lists' },
  { keys: 'Enter', title: 'Chart of the row', where: 'Watchlist' },
  { keys: 'Delete', title: 'Remove the row, with undo', where: 'Lists' },
  { keys: 'Alt+↑ / Alt+↓', title: 'Move the row', where: 'Watchlist' },
  { keys: '← / →', title: 'To the headings and along them', where: 'Watchlist' },
  { keys: 'Enter', title: 'Sort by the column', where: 'Headings' },
  { keys: 'Shift+← / →', title: 'Width of the column', where: 'Headings' },
  { keys: 'Space', title: 'Switch the rule on or off', where: 'Alerts' },
  { keys: 'B', title: 'Backfill the gap, or the day', where: 'Gaps, Quality' },
  { keys: 'Enter', title: 'Chart of that day', where: 'Quality' },
  { keys: 'Enter', title: 'Inspect', where: 'Dead letters' },
  { keys: 'R / Shift+R', title: 'Retry; retry all of the filter', where: 'Dead letters' },
  { keys: 'D', title: 'Discard, with undo', where: 'Dead letters' },
  { keys: 'F2', title: 'Rename the list', where: 'Watchlist' },
  { keys: '1 5 15 60 1d', title: 'Interval', where: 'Chart' },
  { keys: '← / →', title: 'Back, forward in time; Shift: faster', where: 'Chart' },
  { keys: '+ / −', title: 'Zoom', where: 'Chart' },
  { keys: 'End', title: 'Latest candle', where: 'Chart' },
];
