import type { Alert } from '../../src/market/index.ts';

export interface StartMessage {
  readonly type: 'start';
  /** Decrypted secrets by environment name; they travel here because a process list shows flags and environment. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The whole settings file; main alone writes it. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly canKeepSecrets: boolean;
  /** A sentence for the user when this is not the first start; null otherwise. */
  readonly notice: string | null;
}

export type MainToPipeline =
  | StartMessage
  /** Comes with two ports: requests, frames. */
  | { readonly type: 'connect' }
  | { readonly type: 'show-symbol'; readonly symbol: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown; readonly error: string | null }
  | { readonly type: 'stop' };

/** What the pipeline asks of main, which owns the settings file, the keychain and the notifications. */
export type MainRequest =
  | { readonly method: 'write-settings'; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly method: 'set-secret'; readonly name: string; readonly value: string | null }
  | { readonly method: 'notify'; readonly alert: Alert }
  | { readonly method: 'restart' };

export type PipelineToMain =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly userMessage: string; readonly exitCode: number }
  | { readonly type: 'request'; readonly id: number; readonly request: MainRequest };
