import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';
import { keepWindowState, usableBounds, type WindowState } from './window-state.ts';

export interface MainWindowOptions {
  readonly preloadPath: string;
  readonly iconPath: string;
  readonly savedState: WindowState | null;
  readonly saveState: (state: WindowState) => void;
  /** Asked when the user closes the window; true keeps it alive, hidden in the tray. */
  readonly staysInTray: () => boolean;
}

export function openMainWindow(options: MainWindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...usableBounds(options.savedState),
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'TapeDeck',
    icon: options.iconPath,
    backgroundColor: '#0b0e11',
    autoHideMenuBar: true,
    webPreferences: {
      preload: options.preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
    },
  });
  if (options.savedState?.isMaximized === true) window.maximize();
  keepWindowState(window, options.saveState);
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    if (!options.staysInTray()) return;
    event.preventDefault();
    window.hide();
  });
  void window.loadURL(`${APP_ORIGIN}/index.html`);
  return window;
}

export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Paths of files that the build lays beside the main bundle, the same in the project folder and inside the asar. */
export function builtPaths(mainFolder: string): {
  readonly preload: string;
  readonly renderer: string;
  readonly pipeline: string;
  readonly icon: string;
  readonly trayIcon: string;
} {
  const root = join(mainFolder, '..', '..');
  return {
    preload: join(root, 'out', 'preload', 'index.cjs'),
    renderer: join(root, 'out', 'renderer'),
    pipeline: join(root, 'out', 'main', 'pipeline.mjs'),
    icon: join(root, 'resources', 'icons', 'icon.png'),
    trayIcon: join(root, 'resources', 'icons', 'tray.png'),
  };
}
