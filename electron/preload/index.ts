import { contextBridge, ipcRenderer } from 'electron';

// The two ports arrive here and go on to the page's own world, where the transports wait for them.
ipcRenderer.on('tapedeck-ports', (event) => {
  window.postMessage({ type: 'tapedeck-ports' }, window.location.origin, [...event.ports]);
});

ipcRenderer.on('tapedeck-show-symbol', (_event, symbol: string) => {
  window.postMessage({ type: 'tapedeck-show-symbol', symbol }, window.location.origin);
});

contextBridge.exposeInMainWorld('tapedeck', {
  platform: process.platform,
  connect: () => ipcRenderer.send('tapedeck-connect'),
});
