import type { SecretName } from '../../src/contract/index.ts';
import type { SecretState } from '../../src/hosts/settings/settings-store.ts';
import type { Alert } from '../../src/market/index.ts';
import type { DeliveryResult } from '../../src/notify/notifier.ts';

export interface Keychain {
  /** Decrypted, by environment name; they travel in messages because a process list shows flags and environment. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly states: Readonly<Record<SecretName, SecretState>>;
}

export interface StartMessage {
  readonly type: 'start';
  readonly keychain: Keychain;
  /** A sentence for the user when this is not the first start; null otherwise. */
  readonly notice: string | null;
  /** Whether the user wants the damaged database kept under another name, so that this start makes a new one. */
  readonly setsDatabaseAside: boolean;
}

export type MainToPipeline =
  | StartMessage
  /** Comes with two ports: requests, frames. */
  | { readonly type: 'connect' }
  | { readonly type: 'answer'; readonly id: number; readonly answer: MainAnswer }
  | { readonly type: 'stop' };

/** What the pipeline asks of main, which owns the keychain and the notifications. */
export type MainRequest =
  | { readonly method: 'set-secret'; readonly name: SecretName; readonly value: string | null }
  | { readonly method: 'notify'; readonly alert: Alert };

export type MainAnswer =
  | { readonly kind: 'keychain'; readonly keychain: Keychain }
  | { readonly kind: 'delivery'; readonly result: DeliveryResult }
  | { readonly kind: 'refused'; readonly userMessage: string };

export type PipelineToMain =
  | { readonly type: 'ready' }
  /** Only the user can help; the process ends. */
  | {
      readonly type: 'failed';
      readonly userMessage: string;
      readonly isBadConfig: boolean;
      /** How the embedded database is damaged, so that a start with `setsDatabaseAside` would go well; null if it is not. */
      readonly databaseDamage: string | null;
    }
  | { readonly type: 'request'; readonly id: number; readonly request: MainRequest };
