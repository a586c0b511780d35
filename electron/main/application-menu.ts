import { Menu, type MenuItemConstructorOptions } from 'electron';

/** The system's menu bar; commands of the terminal itself live in its command bar. */
export function setApplicationMenu(options: { readonly onQuit: () => void; readonly isPackaged: boolean }): void {
  const isMac = process.platform === 'darwin';
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  if (!options.isPackaged) view.push({ type: 'separator' }, { role: 'toggleDevTools' });
  const quit: MenuItemConstructorOptions = {
    label: 'Quit TapeDeck',
    accelerator: 'CmdOrCtrl+Q',
    click: options.onQuit,
  };
  const template: MenuItemConstructorOptions[] = [
    isMac
      ? {
          label: 'TapeDeck',
          submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'hide' }, { type: 'separator' }, quit],
        }
      : { label: 'File', submenu: [{ role: 'close' }, quit] },
    { role: 'editMenu' },
    { label: 'View', submenu: view },
    { role: 'windowMenu' },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
