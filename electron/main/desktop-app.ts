import { app, BrowserWindow, dialog, ipcMain, type IpcMainEvent, type Tray } from 'electron';
import ElectronStore from 'electron-store';
import type { Config } from '../../src/hosts/config/config.ts';
import { openHostLog, type HostLog } from '../../src/hosts/log/host-log.ts';
import { secretsOf } from '../../src/hosts/log/secret-mask.ts';
import { openSettings } from '../../src/hosts/settings/conf-settings-store.ts';
import type { SettingsStore } from '../../src/hosts/settings/settings-store.ts';
import { systemClock, TapedeckError } from '../../src/market/index.ts';
import type { Keychain, MainAnswer, MainRequest, PipelineToMain, StartMessage } from '../pipeline/messages.ts';
import { serveApp } from './app-protocol.ts';
import { setApplicationMenu } from './application-menu.ts';
import { CrashBudget } from './crash-budget.ts';
import { hardenApp, isOwnFrame } from './hardening.ts';
import { builtPaths, openMainWindow, showWindow } from './main-window.ts';
import { NativeNotifications } from './native-notifications.ts';
import { PipelineSupervisor } from './pipeline-supervisor.ts';
import { SavedWindow } from './saved-window.ts';
import { SecretVault } from './secret-vault.ts';
import { openTrayIcon } from './tray-icon.ts';

const SET_ASIDE = 'Keep it aside and begin anew';

export interface DesktopAppOptions {
  readonly config: Config;
  readonly flags: readonly string[];
}

/** The desktop from ready to quit: windows, tray and notifications here, everything else in the pipeline's process. */
export class DesktopApp {
  readonly #paths = builtPaths(import.meta.dirname);
  readonly #log: HostLog;
  readonly #settings: SettingsStore;
  readonly #savedWindow: SavedWindow;
  readonly #vault: SecretVault;
  readonly #notifications: NativeNotifications;
  readonly #pipeline: PipelineSupervisor;
  readonly #windowCrashes = new CrashBudget();
  #window: BrowserWindow | null = null;
  #tray: Tray | null = null;
  #notice: string | null = null;
  /** Asked for by the user; holds for the next start only. */
  #setsDatabaseAside = false;
  /** Whether the page listens; until then `#symbolToShow` waits for it. */
  #isPageUp = false;
  #symbolToShow: string | null = null;
  #isQuitting = false;
  #isDrained = false;

  constructor({ config, flags }: DesktopAppOptions) {
    this.#log = openHostLog({
      settings: config.log,
      writeError: (line) => process.stderr.write(line),
      secrets: secretsOf(config),
    });
    this.#settings = openSettings({
      configDir: config.configDir,
      clock: systemClock,
      openFile: ({ configName, ...options }) => new ElectronStore({ ...options, name: configName }),
    });
    this.#savedWindow = new SavedWindow(config.configDir, this.#log, (options) => new ElectronStore(options));
    this.#vault = new SecretVault(config.configDir, this.#log);
    this.#notifications = new NativeNotifications({
      iconPath: this.#paths.icon,
      log: this.#log,
      onClick: (symbol) => this.show(symbol),
    });
    this.#pipeline = new PipelineSupervisor({
      entryPath: this.#paths.pipeline,
      flags,
      startMessage: () => this.#startMessage(),
      onMessage: (message) => this.#receive(message),
      onCrash: (exitCode, delayMs) => {
        this.#log.error({ exitCode, delayMs }, 'The pipeline stopped unasked and is started again');
        this.#notice = `The pipeline stopped unexpectedly (exit code ${exitCode}) and was started again.`;
      },
    });
  }

  open(): void {
    hardenApp();
    serveApp(this.#paths.renderer);
    setApplicationMenu({ onQuit: () => app.quit(), isPackaged: app.isPackaged });
    this.#tray = openTrayIcon({
      iconPath: this.#paths.trayIcon,
      log: this.#log,
      onShow: () => this.show(null),
      onQuit: () => app.quit(),
    });
    ipcMain.on('tapedeck-connect', (event) => this.#connect(event));
    app.on('activate', () => this.show(null));
    app.on('window-all-closed', () => app.quit());
    app.on('before-quit', (event) => this.#drain(event));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());
    this.#pipeline.start();
    this.#openWindow();
  }

  /** Brings the window to the front, and to a symbol if one is given. */
  show(symbol: string | null): void {
    if (this.#window === null) this.#openWindow();
    else showWindow(this.#window);
    if (symbol === null) return;
    if (this.#isPageUp) this.#window?.webContents.send('tapedeck-show-symbol', symbol);
    else this.#symbolToShow = symbol;
  }

  #openWindow(): void {
    const window = openMainWindow({
      preloadPath: this.#paths.preload,
      iconPath: this.#paths.icon,
      savedState: this.#savedWindow.read(),
      saveState: (state) => this.#savedWindow.save(state),
      staysInTray: () => !this.#isQuitting && this.#tray !== null && this.#settings.settings().closeToTray,
    });
    window.on('closed', () => {
      this.#window = null;
      this.#isPageUp = false;
    });
    window.webContents.on('did-start-loading', () => {
      this.#isPageUp = false;
    });
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      if (reason !== 'clean-exit') void this.#recover(window, reason, exitCode);
    });
    this.#window = window;
  }

  /** Loads a crashed page again; asks first when it keeps crashing. */
  async #recover(window: BrowserWindow, reason: string, exitCode: number): Promise<void> {
    this.#log.error({ reason, exitCode }, 'The window crashed');
    if (this.#isQuitting) return;
    if (!this.#windowCrashes.allowsReload(performance.now())) {
      const { response } = await dialog.showMessageBox(window, {
        type: 'error',
        message: 'The window keeps crashing',
        detail: 'Data is still collected and stored in the background.',
        buttons: ['Load it again', 'Quit'],
        cancelId: 0,
      });
      if (response === 1) return app.quit();
      this.#windowCrashes.reset();
    }
    // Popped-out windows lived in the same process; the loaded layout opens them again.
    for (const other of BrowserWindow.getAllWindows()) if (other !== window) other.destroy();
    if (!window.isDestroyed()) window.webContents.reload();
  }

  #connect(event: IpcMainEvent): void {
    if (!isOwnFrame(event.senderFrame)) {
      this.#log.warn({ url: event.senderFrame?.url }, 'A frame that is not ours asked for the pipeline');
      return;
    }
    const page = event.sender;
    this.#pipeline.connect(page.id, (requests, frames) => {
      if (!page.isDestroyed()) page.postMessage('tapedeck-ports', null, [requests, frames]);
    });
    this.#isPageUp = true;
    if (this.#symbolToShow !== null) this.show(this.#symbolToShow);
    this.#symbolToShow = null;
  }

  #receive(message: PipelineToMain): void {
    switch (message.type) {
      case 'ready':
        this.#notice = null;
        break;
      case 'failed':
        void this.#fail(message);
        break;
      case 'request':
        void this.#answer(message.request).then((answer) =>
          this.#pipeline.send({ type: 'answer', id: message.id, answer }),
        );
        break;
    }
  }

  async #answer(request: MainRequest): Promise<MainAnswer> {
    try {
      if (request.method === 'notify') {
        return { kind: 'delivery', result: await this.#notifications.show(request.alert) };
      }
      if (request.value !== null) this.#log.hide([request.value]);
      this.#vault.set(request.name, request.value);
      return { kind: 'keychain', keychain: this.#keychain() };
    } catch (error) {
      return { kind: 'refused', userMessage: TapedeckError.from(error).userMessage };
    }
  }

  /** Says what only the user can mend, in the terminal and on the screen, and ends; unless a new database mends it. */
  async #fail({
    userMessage,
    isBadConfig,
    databaseDamage,
  }: Extract<PipelineToMain, { type: 'failed' }>): Promise<void> {
    process.stderr.write(`tapedeck: ${userMessage.replaceAll('\n', '\ntapedeck: ')}\n`);
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'TapeDeck cannot start',
      detail: databaseDamage ?? userMessage,
      buttons: databaseDamage !== null ? ['Quit', SET_ASIDE] : ['Quit'],
      cancelId: 0,
    });
    await this.#pipeline.stop();
    if (response === 0) {
      app.exit(isBadConfig ? 2 : 1);
      return;
    }
    this.#setsDatabaseAside = true;
    this.#pipeline.start();
  }

  #startMessage(): StartMessage {
    const setsDatabaseAside = this.#setsDatabaseAside;
    this.#setsDatabaseAside = false;
    return { type: 'start', keychain: this.#keychain(), notice: this.#notice, setsDatabaseAside };
  }

  #keychain(): Keychain {
    const secrets = this.#vault.read();
    this.#log.hide(Object.values(secrets));
    return { secrets, states: this.#vault.states() };
  }

  /** Quitting waits until the pipeline has drained, however often it is asked to. */
  #drain(event: Electron.Event): void {
    if (this.#isDrained) return;
    event.preventDefault();
    if (this.#isQuitting) return;
    this.#isQuitting = true;
    this.#window?.hide();
    void this.#close();
  }

  async #close(): Promise<void> {
    await this.#pipeline.stop();
    this.#notifications.close();
    this.#settings.close();
    this.#log.close();
    this.#isDrained = true;
    app.quit();
  }
}
