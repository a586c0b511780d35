import './theme/tokens.css';
import 'sonner/dist/styles.css';
import './theme/base.css';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { ShownWindows } from './data/shown-windows.ts';
import { Terminal } from './data/terminal.ts';
import { TerminalContext } from './data/terminal-context.tsx';
import { messagePortTransport, onShowSymbol } from './transports/message-port-transport.ts';
import { webSocketTransport } from './transports/web-socket-transport.ts';

// The content security policy refuses `eval`, which zod would use to compile its validators.
z.config({ jitless: true });

const bridge = window.tapedeck;
const windows = new ShownWindows(window);
const terminal = new Terminal({
  connect: bridge === undefined ? webSocketTransport(location.origin) : messagePortTransport(bridge),
  timers: windows,
  now: () => performance.timeOrigin + performance.now(),
  random: Math.random,
});
windows.onChange(() => terminal.feed.visibilityChanged());
if (bridge !== undefined) onShowSymbol((symbol) => terminal.bringUpSymbol(symbol));
terminal.open();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <TerminalContext value={terminal}>
    <App windows={windows} />
  </TerminalContext>,
);
