import type { MessagePortMain } from 'electron';

/** Where windows get their answers and frames from: the pipeline in this process, or a web host elsewhere. */
export interface Screens {
  connect(requests: MessagePortMain, frames: MessagePortMain): void;
}
