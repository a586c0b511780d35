import { TapedeckError } from '../../market/index.ts';
import type { LoadedConfig } from '../config/config.ts';
import type { PipelineHost } from '../pipeline-host.ts';
import type { SettingsStore } from '../settings/settings-store.ts';

export interface SwitchedParts {
  readonly pipelineHost: Pick<PipelineHost, 'config' | 'restart'>;
  readonly reload: () => LoadedConfig;
  readonly settings: Pick<SettingsStore, 'settings' | 'updateSettings'>;
}

/**
 * Restarts the pipeline on the other stack, and Settings remember it. Rejects with why it stays: with `conflict` where the stack is
 * chosen by what counts more than Settings, else with what the other stack said.
 */
export async function switchPipeline(
  stack: 'embedded' | 'bundled',
  { settings, reload, pipelineHost }: SwitchedParts,
): Promise<void> {
  const before = settings.settings().stack;
  settings.updateSettings({ stack });
  try {
    const { config, effective } = reload();
    if (config.stack !== stack) {
      const from = effective['stack']?.from ?? 'how it was started';
      throw new TapedeckError('conflict', `the stack is chosen by ${from}`, {
        userMessage: `The stack is chosen by ${from}, which counts more than Settings. Start TapeDeck without it to switch here.`,
      });
    }
    await pipelineHost.restart();
  } catch (error) {
    settings.updateSettings({ stack: before });
    // The pipeline was closed for it: where it cannot go it comes back, rather than nowhere.
    if (pipelineHost.config.stack === stack) await pipelineHost.restart();
    throw error;
  }
}
