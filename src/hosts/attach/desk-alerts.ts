import { TapedeckError } from '../../market/index.ts';
import type { Alert, Log } from '../../market/index.ts';
import type { Desk } from '../../pipeline/pipeline.ts';
import { pause } from '../../runtime/pause.ts';
import { backoffDelayMs } from '../../pipeline/retry.ts';
import type { PipelineHost } from '../pipeline-host.ts';
import { AlertNews, LISTED_ALERTS } from './alert-news.ts';

export interface DeskAlertsOptions {
  readonly pipelineHost: Pick<PipelineHost, 'onDesk' | 'config'>;
  readonly log: Log;
  /** An alert that fired since the opening; each once, over restarts of the pipeline too. */
  readonly onAlert: (alert: Alert) => void;
}

/** Follows the alerts of this process's own desk wherever the `notify` role, which would deliver them, runs elsewhere. */
export class DeskAlerts {
  readonly #options: DeskAlertsOptions;
  readonly #dropDesk: () => void;
  /** Ends with the desk that is followed now. */
  #following = new AbortController();
  readonly #newsByDataset = new Map<string, AlertNews>();

  constructor(options: DeskAlertsOptions) {
    this.#options = options;
    this.#dropDesk = options.pipelineHost.onDesk((desk) => {
      this.#following.abort();
      this.#following = new AbortController();
      if (desk !== null && !options.pipelineHost.config.roles.has('notify')) {
        void this.#follow(desk, this.#following.signal);
      }
    });
  }

  close(): void {
    this.#dropDesk();
    this.#following.abort();
  }

  async #follow(desk: Desk, signal: AbortSignal): Promise<void> {
    const news = this.#newsOf(this.#options.pipelineHost.config.dataset);
    let early: Alert[] | null = [];
    const tell = (alert: Alert): void => {
      if (news.isNews(alert)) this.#options.onAlert(alert);
    };
    const unfollow = desk.onEvent((event) => {
      if (event.type !== 'alert') return;
      if (early === null) tell(event.alert);
      else early.push(event.alert);
    });
    signal.addEventListener('abort', unfollow, { once: true });
    const history = await this.#history(desk, signal);
    if (history === null) return;
    for (const alert of news.ofHistory(history)) this.#options.onAlert(alert);
    // What arrived before the history was read is in it, or is news.
    for (const alert of early) tell(alert);
    early = null;
  }

  #newsOf(dataset: string): AlertNews {
    let news = this.#newsByDataset.get(dataset);
    if (news === undefined) {
      news = new AlertNews();
      this.#newsByDataset.set(dataset, news);
    }
    return news;
  }

  /** Null when the desk went away first. */
  async #history(desk: Desk, signal: AbortSignal): Promise<readonly Alert[] | null> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const listed = await desk.recentAlerts(LISTED_ALERTS, null);
        return signal.aborted ? null : listed;
      } catch (cause) {
        this.#options.log.warn({ error: TapedeckError.from(cause) }, 'the alerts so far could not be read');
        await pause(backoffDelayMs(attempt), signal);
      }
    }
    return null;
  }
}
