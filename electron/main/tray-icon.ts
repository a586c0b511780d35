import { Menu, Tray } from 'electron';
import type { Log } from '../../src/market/index.ts';

export interface TrayIconOptions {
  readonly iconPath: string;
  readonly log: Log;
  readonly onShow: () => void;
  readonly onQuit: () => void;
}

/** Null where the desktop has no tray; closing the window then quits instead of hiding it where nobody finds it. */
export function openTrayIcon(options: TrayIconOptions): Tray | null {
  try {
    const tray = new Tray(options.iconPath);
    tray.setToolTip('TapeDeck');
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Show TapeDeck', click: options.onShow },
        { type: 'separator' },
        { label: 'Quit', click: options.onQuit },
      ]),
    );
    tray.on('click', options.onShow);
    return tray;
  } catch (error) {
    options.log.warn({ error }, 'No tray icon on this desktop');
    return null;
  }
}
