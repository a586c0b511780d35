import type { Clock, Log } from '../market/index.ts';
import type { Activity } from './activity.ts';
import type { HealthRecorder } from './health/health-recorder.ts';
import type { ErrorReporter } from './error-reporter.ts';
import type { FlowControl } from './flow-control.ts';
import type { ComponentBoard } from './component-board.ts';
import type { PipelineOptions } from './pipeline.ts';

/** A sentence for the user; repeats of one key replace each other. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly key: string;
}

/** What every role is started with. */
export interface RoleContext {
  readonly options: PipelineOptions;
  readonly board: ComponentBoard;
  readonly activity: Activity;
  readonly health: HealthRecorder;
  readonly flow: FlowControl;
  readonly errors: ErrorReporter;
  /** Real time, for rates; the market's own clock (`options.clock`) may run faster. */
  readonly wallClock: Clock;
  /** Real time as all hosts agree on it, for leases and claims. */
  readonly sharedClock: Clock;
  /** Reaches the desks of this process. */
  readonly notify: (notice: Notice) => void;
  readonly log: Log;
}

export interface RunningRole {
  /** Stops reading and drains what was read. */
  close(): Promise<void>;
}
