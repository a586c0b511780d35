import { expect, test } from 'vitest';
import type { Settings } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Config, LoadedConfig } from '../config/config.ts';
import { switchPipeline, type SwitchedParts } from './switch-pipeline.ts';

type Stack = Config['stack'];

/** A pipeline on the embedded stack, beside a bundled one whose database refuses it. */
function bench(pinned: Stack | null = null) {
  let settings = { stack: 'embedded' } as Settings;
  let running: Stack = 'embedded';
  const restarts: Stack[] = [];
  const configOf = (stack: Stack): Config => ({ stack }) as Config;
  const asked = (): Stack => pinned ?? settings.stack ?? 'embedded';
  const parts: SwitchedParts = {
    pipelineHost: {
      get config() {
        return configOf(running);
      },
      restart: () => {
        running = asked();
        restarts.push(running);
        const refusal = new TapedeckError('unauthorized', 'the password is wrong');
        return running === 'bundled' ? Promise.reject(refusal) : Promise.resolve();
      },
    },
    settings: {
      settings: () => settings,
      updateSettings: (changes) => (settings = { ...settings, ...changes }),
    },
    reload: () => ({ config: configOf(asked()), effective: { stack: { from: '--stack' } } }) as unknown as LoadedConfig,
  };
  return { parts, restarts, chosen: () => settings.stack };
}

test('a pipeline that cannot run on the other stack goes on where it was, and Settings say so', async () => {
  const { parts, restarts, chosen } = bench();
  await expect(switchPipeline('bundled', parts)).rejects.toThrow('the password is wrong');
  expect(restarts).toEqual(['bundled', 'embedded']);
  expect(chosen()).toBe('embedded');
});

test('a stack that was chosen by a flag is left alone, and the flag is named', async () => {
  const { parts, restarts, chosen } = bench('embedded');
  await expect(switchPipeline('bundled', parts)).rejects.toMatchObject({
    code: 'conflict',
    userMessage: expect.stringContaining('--stack') as string,
  });
  expect(restarts).toEqual([]);
  expect(chosen()).toBe('embedded');
});
