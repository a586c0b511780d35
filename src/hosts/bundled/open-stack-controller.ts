import type { StackSnapshot } from '../../contract/index.ts';
import type { Log } from '../../market/index.ts';
import type { Config, LoadedConfig } from '../config/config.ts';
import { isLoopbackHost } from '../config/value-parser.ts';
import type { PipelineHost } from '../pipeline-host.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { createBundledStack } from './stack-command.ts';
import { StackController } from './stack-controller.ts';
import { switchPipeline } from './switch-pipeline.ts';

export interface StackControllerParts {
  readonly pipelineHost: PipelineHost;
  readonly reload: () => LoadedConfig;
  readonly settings: SettingsStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** The bundled stack as screens of this host manage it, with the pipeline that runs on it or does not. */
export function openStackController(parts: StackControllerParts): StackController {
  const { pipelineHost, log, environment } = parts;
  const { config } = pipelineHost;
  return new StackController({
    stack: isOwnMachine(config) ? createBundledStack(config, environment) : null,
    running: () => pipelineHost.config.stack,
    switchTo: (stack) => switchPipeline(stack, parts),
    onChange: (snapshot: StackSnapshot) => pipelineHost.emit({ type: 'stack', stack: snapshot }),
    log,
  });
}

/** A screen of a desktop, or a browser that only this machine's can be, is in front of the machine that Docker runs on. */
function isOwnMachine({ hostKind, web }: Config): boolean {
  return hostKind === 'desktop' || (isLoopbackHost(web.host) && !web.doesTrustProxy);
}
