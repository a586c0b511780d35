import type { SecretName, Settings, Watchlist } from '../../contract/index.ts';

export type SettingsPart = 'settings' | 'watchlists' | 'layouts';

/** The user's own choices, in one JSON file that desktop, web and headless hosts share. */
export interface SettingsStore {
  readonly path: string;
  settings(): Settings;
  /** Throws `read-only`, `bad-config` (no folder to write to), `disk-full` or `locked`; nothing has changed then. */
  updateSettings(changes: Partial<Settings>): Settings;
  watchlists(): readonly Watchlist[];
  /** `change` gets the lists as they are in the file, while no other process writes it; what it throws is thrown here. */
  changeWatchlists(change: (lists: readonly Watchlist[]) => readonly Watchlist[]): readonly Watchlist[];
  /** The layout model as JSON text; null when none was saved under this name. */
  layout(workspace: string): string | null;
  saveLayout(workspace: string, model: string | null): void;
  /** Also called when another process changed the file. */
  onChange(listener: (part: SettingsPart) => void): () => void;
  /** Sentences for the user (a corrupt file was put aside); earlier ones are told again to a new listener. */
  onNotice(listener: (text: string) => void): () => void;
  close(): void;
}

export interface SecretState {
  readonly isSet: boolean;
  readonly isEncrypted: boolean;
}

/** Where keys typed into Settings are kept; the desktop encrypts them, headless hosts keep a file of mode 0600. */
export interface SecretStore {
  states(): Promise<Readonly<Record<SecretName, SecretState>>>;
  /** Null removes it. Throws `unsupported` where no safe place exists. */
  setSecret(name: SecretName, value: string | null): Promise<SecretState>;
}
