import type { Feed } from '../../feeds/feed.ts';
import { TapedeckError } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext } from '../role-context.ts';

const LEASE_MS = 12_000;
const RENEW_EVERY_MS = 3_000;

export interface HeldLease {
  /** Aborts when the lease is lost or given back. */
  readonly signal: AbortSignal;
  /** Whether another process streamed the feed while this one waited. */
  readonly hasStoodBy: boolean;
  release(): Promise<void>;
}

/** Of the one connection that a provider allows an account. */
export function feedLeaseName({ name, account }: Pick<Feed, 'name' | 'account'>): string {
  return account === undefined ? `feed:${name}` : `feed:${name}:${account}`;
}

/**
 * Waits until this host may stream the named feed: providers refuse or evict a second connection with the same key.
 * Answers null when `signal` aborts first.
 */
export async function holdFeedLease(
  context: RoleContext,
  name: string,
  signal: AbortSignal,
): Promise<HeldLease | null> {
  const { store, hostId } = context.options;
  let hasStoodBy = false;
  while (!signal.aborted) {
    try {
      const nowMs = context.sharedClock.now();
      if (await store.acquireLease(name, hostId, nowMs, nowMs + LEASE_MS)) {
        return keepRenewing(context, name, hasStoodBy, signal);
      }
      hasStoodBy = true;
      showLease(context, false);
      context.board.set('ingest', 'ok', 'standing by: another process streams this feed');
    } catch (cause) {
      const error = TapedeckError.from(cause);
      context.board.set('ingest', 'degraded', `cannot ask the store for the feed's lease: ${error.userMessage}`);
    }
    await pause(RENEW_EVERY_MS / 2, signal);
  }
  return null;
}

function showLease({ health, options }: RoleContext, isHeld: boolean): void {
  health.role('ingest').isStandby = !isHeld;
  options.metrics.gauge('feed_lease_held', {}, isHeld ? 1 : 0);
}

/** Streams on while the store cannot be asked: nobody else can get the lease from it then, and what is not streamed is lost. */
function keepRenewing(context: RoleContext, name: string, hasStoodBy: boolean, outer: AbortSignal): HeldLease {
  const { store, hostId } = context.options;
  const lost = new AbortController();
  showLease(context, true);
  const renewal = new RepeatingTask(
    RENEW_EVERY_MS,
    async () => {
      const nowMs = context.sharedClock.now();
      if (await store.acquireLease(name, hostId, nowMs, nowMs + LEASE_MS)) return;
      const error = new TapedeckError('conflict', `another process took over ${name}`);
      context.errors.report({ scope: 'ingest', error, outcome: 'skipped' });
      lost.abort();
    },
    (error) => {
      context.errors.report({
        scope: 'ingest',
        error,
        outcome: 'retried',
        what: 'could not renew the lease of the feed',
      });
    },
  );
  return {
    signal: AbortSignal.any([outer, lost.signal]),
    hasStoodBy,
    release: async () => {
      lost.abort();
      await renewal.stop();
      try {
        await store.releaseLease(name, hostId);
      } catch (cause) {
        context.log.debug(
          { lease: name, reason: TapedeckError.from(cause).message },
          'the lease will run out by itself',
        );
      }
    },
  };
}
