import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlertRule, type Instrument, UNTOUCHED_BACKFILL } from '../market/index.ts';
import type { PositionKey, PositionMove, Store } from '../store/index.ts';
import { describeDeadLetters } from './store-contract-dead-letters.ts';
import { describeErrors } from './store-contract-errors.ts';
import { describePersistence } from './store-contract-persistence.ts';
import { describeQuality } from './store-contract-quality.ts';
import { describeQueries } from './store-contract-queries.ts';
import { describeRetention } from './store-contract-retention.ts';
import { BASE_MS, alertOf, emptyBatch, positionOf, recordsOf, tradeOf } from './store-rows.ts';

/** An engine under test, with room for any number of datasets. */
export interface StoreEngine {
  /** Opens the dataset's store, creating it the first time; the same schema may be opened again once it was closed. */
  open(schema: string): Promise<Store>;
  /** Changes a closed dataset behind the store's back. */
  tamper(schema: string, sql: string): Promise<void>;
  /** What the cap of a retention policy counts besides the dataset's own. */
  bytesBeside(schema: string): Promise<number>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** What every `Store` promises, whatever it runs on. */
export function describeStore(name: string, openEngine: () => Promise<StoreEngine>): void {
  describe(name, () => {
    let engine: StoreEngine;
    let store: Store;

    beforeAll(async () => {
      engine = await openEngine();
      store = await engine.open('tapedeck_contract');
    }, 60_000);

    afterAll(async () => {
      await store.close();
      await engine.close();
    });

    describePersistence(() => store);
    describeQuality(() => store);
    describeQueries(() => store);
    describeControl(() => store);
    describeLedgers(() => store);
    describeDeadLetters(() => store);
    describeErrors(
      () => store,
      () => engine,
    );
    describeRetention(() => engine);
    describeDatasets(() => engine);
  });
}

function describeControl(current: () => Store): void {
  describe('control', () => {
    it('lets one owner hold a lease until it ends or is given back', async () => {
      const store = current();
      expect(await store.acquireLease('feed', 'a', BASE_MS, BASE_MS + 1000)).toBe(true);
      expect(await store.acquireLease('feed', 'b', BASE_MS + 999, BASE_MS + 2000)).toBe(false);
      expect(await store.acquireLease('feed', 'a', BASE_MS + 500, BASE_MS + 1500)).toBe(true);
      expect(await store.acquireLease('feed', 'b', BASE_MS + 1500, BASE_MS + 2500)).toBe(true);
      await store.releaseLease('feed', 'a');
      expect(await store.acquireLease('feed', 'c', BASE_MS + 1600, BASE_MS + 2600)).toBe(false);
      await store.releaseLease('feed', 'b');
      expect(await store.acquireLease('feed', 'c', BASE_MS + 1600, BASE_MS + 2600)).toBe(true);
    });

    it('gives one of many that ask at once the lease', async () => {
      const store = current();
      const asked = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((owner) => store.acquireLease('rush', owner, BASE_MS, BASE_MS + 1000)),
      );
      expect(asked.filter(Boolean)).toHaveLength(1);
    });

    it('lists what every client wants while its lease lives, the most important first', async () => {
      const store = current();
      await store.renewSubscriptions('desk-1', ['AAPL', 'MSFT', 'AAPL'], BASE_MS + 1000);
      await store.renewSubscriptions('desk-2', ['MSFT', 'TSLA'], BASE_MS + 3000);
      const live = await store.liveSubscriptions(BASE_MS);
      expect(live.map(({ client, symbol, priority }) => [client, symbol, priority])).toEqual([
        ['desk-1', 'AAPL', 0],
        ['desk-2', 'MSFT', 0],
        ['desk-1', 'MSFT', 1],
        ['desk-2', 'TSLA', 1],
      ]);
      expect((await store.liveSubscriptions(BASE_MS + 2000)).map(({ symbol }) => symbol)).toEqual(['MSFT', 'TSLA']);
      await store.renewSubscriptions('desk-2', ['NVDA'], BASE_MS + 3000);
      expect((await store.liveSubscriptions(BASE_MS + 2000)).map(({ symbol }) => symbol)).toEqual(['NVDA']);
      await store.dropSubscriptions('desk-1');
      await store.dropSubscriptions('desk-2');
      expect(await store.liveSubscriptions(BASE_MS)).toEqual([]);
    });

    it('replaces what a host says of itself, tells it the time, and takes it off the list when it leaves', async () => {
      const store = current();
      const nowMs = await store.saveHostReport('host-1', '{"version":"1"}');
      expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000);
      await store.saveHostReport('host-1', '{"version":"2"}');
      await store.saveHostReport('host-2', '{"version":"1"}');
      const reports = await store.hostReports();
      expect(reports.map(({ hostId, report }) => ({ hostId, report }))).toEqual([
        { hostId: 'host-1', report: { version: '2' } },
        { hostId: 'host-2', report: { version: '1' } },
      ]);
      for (const { ageMs } of reports) expect(ageMs).toBeLessThan(60_000);
      await store.dropHostReport('host-1');
      expect((await store.hostReports()).map(({ hostId }) => hostId)).toEqual(['host-2']);
    });

    it('keeps, changes and deletes alert rules', async () => {
      const store = current();
      const rule: AlertRule = {
        id: '5c1f0a52-0000-4000-8000-000000000001',
        symbol: 'AAPL',
        condition: { kind: 'percent-change', percent: 2.5, windowMs: 60_000 },
        isEnabled: true,
        cooldownMs: 60_000,
        hysteresisPercent: 0.5,
        note: 'gap \u{1F4C8} up',
        createdMs: BASE_MS,
        updatedMs: BASE_MS,
      };
      await store.saveAlertRule(rule);
      const changed: AlertRule = { ...rule, isEnabled: false, updatedMs: BASE_MS + 1 };
      await store.saveAlertRule(changed);
      expect(await store.alertRules()).toEqual([changed]);
      await store.deleteAlertRule(rule.id);
      expect(await store.alertRules()).toEqual([]);
    });

    it('lets one of many deliver an alert over a channel, and another channel again', async () => {
      const store = current();
      const claims = await Promise.all([1, 2, 3, 4].map(() => store.claimDelivery('alert', 'desktop', BASE_MS)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await store.claimDelivery('alert', 'webhook', BASE_MS)).toBe(true);
    });

    it('gives an abandoned claim to somebody else, a finished one to nobody', async () => {
      const store = current();
      await store.claimDelivery('abandoned', 'desktop', BASE_MS);
      await store.claimDelivery('finished', 'desktop', BASE_MS);
      await store.finishDelivery('finished', 'desktop', { isDelivered: true, detail: '' }, BASE_MS + 1);
      expect(await store.claimDelivery('abandoned', 'desktop', BASE_MS + 60_000)).toBe(false);
      expect(await store.claimDelivery('abandoned', 'desktop', BASE_MS + 600_000)).toBe(true);
      expect(await store.claimDelivery('finished', 'desktop', BASE_MS + DAY_MS)).toBe(false);
    });

    it('gives a claim that was given back to the next who asks, and never a finished one', async () => {
      const store = current();
      await store.claimDelivery('given back', 'desktop', BASE_MS);
      await store.releaseDelivery('given back', 'desktop');
      expect(await store.claimDelivery('given back', 'desktop', BASE_MS)).toBe(true);
      await store.finishDelivery('given back', 'desktop', { isDelivered: true, detail: '' }, BASE_MS + 1);
      await store.releaseDelivery('given back', 'desktop');
      expect(await store.claimDelivery('given back', 'desktop', BASE_MS + DAY_MS)).toBe(false);
    });

    it('lists the alerts whose claim nobody finished, by channel', async () => {
      const store = current();
      const alerts = [4, 3, 2].map((seconds) => alertOf(seconds, { symbol: 'UNDELIVERED' }));
      const [later, earlier, finished] = alerts.map(({ id }) => id);
      await store.persist({ ...emptyBatch(positionOf(0, 'undelivered'), null, 3), alerts });
      for (const { id } of alerts) await store.claimDelivery(id, 'desktop', BASE_MS);
      await store.finishDelivery(finished ?? '', 'desktop', { isDelivered: false, detail: 'refused' }, BASE_MS + 1);
      const list = async (channel: string, nowMs: number) =>
        (await store.abandonedDeliveries(channel, nowMs, 10)).map(({ id }) => id);
      expect(await list('desktop', BASE_MS + DAY_MS)).toEqual([earlier, later]);
      expect(await list('desktop', BASE_MS + 60_000)).toEqual([]);
      expect(await list('webhook', BASE_MS + DAY_MS)).toEqual([]);
    });

    it('keeps instruments with their sector and industry, the latest words winning', async () => {
      const store = current();
      const apple: Instrument = {
        symbol: 'AAPL',
        name: 'Apple',
        sector: 'Technology',
        industry: 'Hardware',
        exchange: 'NASDAQ',
        calendar: 'us-equities',
        priceDecimals: 2,
      };
      const energy: Instrument = { ...apple, symbol: 'XOM', name: 'Exxon', sector: 'Energy', industry: 'Oil' };
      await store.saveInstruments([apple, energy]);
      await store.saveInstruments([{ ...apple, name: 'Apple Inc.' }]);
      expect(await store.instruments()).toEqual([{ ...apple, name: 'Apple Inc.' }, energy]);
    });

    it('tells the calendar that most instruments follow, of as many for either the one with sessions', async () => {
      const store = current();
      const stored = await store.instruments();
      const sessions = stored.filter(({ calendar }) => calendar === 'us-equities').length;
      const add = async (count: number, calendar: Instrument['calendar']) => {
        const details = { name: '', sector: '', industry: '', exchange: '', priceDecimals: 2, calendar };
        const symbols = Array.from({ length: count }, (_, index) => `${calendar}-${index}`);
        await store.saveInstruments(symbols.map((symbol) => ({ symbol, ...details })));
        return store.commonCalendar();
      };
      expect(await add(1, 'us-equities')).toBe('us-equities');
      expect(await add(sessions + 1, 'always-open')).toBe('us-equities');
      expect(await add(sessions + 2, 'always-open')).toBe('always-open');
    });
  });
}

function describeLedgers(current: () => Store): void {
  describe('ledgers', () => {
    it('keeps a gap until a backfill closes it', async () => {
      const store = current();
      const gap = {
        id: 'gap-1',
        symbol: null,
        reason: 'disconnect',
        fromMs: BASE_MS,
        toMs: BASE_MS + 1000,
        lostCount: null,
        detail: 'socket closed',
        backfilledMs: null,
      } as const;
      await store.saveGap(gap);
      await store.saveGap({ ...gap, toMs: BASE_MS + 2000 });
      await store.setBackfill('gap-1', { ...UNTOUCHED_BACKFILL, state: 'done', bars: 3 }, BASE_MS + 5000);
      await store.saveGap({ ...gap, toMs: BASE_MS + 2000 });
      expect(await store.gaps({ symbol: 'AAPL', fromMs: BASE_MS, toMs: null, limit: 10 })).toEqual([
        {
          ...gap,
          toMs: BASE_MS + 2000,
          backfilledMs: BASE_MS + 5000,
          backfill: { ...UNTOUCHED_BACKFILL, state: 'done', bars: 3 },
        },
      ]);
    });

    it('counts open gaps and dead letters, however many there are', async () => {
      const store = current();
      const count = async () => [await store.countDeadLetters(), await store.countOpenGaps()] as const;
      const [lettersBefore, gapsBefore] = await count();
      const origin = { origin: 'count', topic: 'trades', partition: 0, reason: '', payload: '', timeMs: BASE_MS };
      const deadLetters = Array.from({ length: 1_200 }, (_, position) => ({ ...origin, position }));
      await store.persist({ ...emptyBatch(positionOf(0, 'count'), null, 1), deadLetters });
      const gap = { symbol: null, reason: 'disconnect', lostCount: null, detail: '' } as const;
      for (const id of ['count-1', 'count-2', 'count-3']) {
        await store.saveGap({ ...gap, id, fromMs: BASE_MS, toMs: BASE_MS, backfilledMs: null });
      }
      await store.setBackfill('count-2', { ...UNTOUCHED_BACKFILL, state: 'done' }, BASE_MS);
      expect(await count()).toEqual([lettersBefore + 1_200, gapsBefore + 2]);
    });

    it('gives a checkpoint back byte for byte', async () => {
      const store = current();
      const state = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
      await store.saveCheckpoint({ key: 'analyze-0', savedMs: BASE_MS, version: 1, state: Uint8Array.of(1) });
      await store.saveCheckpoint({ key: 'analyze-0', savedMs: BASE_MS + 1, version: 2, state });
      const loaded = await store.loadCheckpoint('analyze-0');
      expect({ ...loaded, state: Buffer.from(loaded?.state ?? []).equals(state) }).toEqual({
        key: 'analyze-0',
        savedMs: BASE_MS + 1,
        version: 2,
        state: true,
      });
      expect(await store.loadCheckpoint('analyze-1')).toBeNull();
    });

    it('writes a checkpoint and the positions it belongs to together, for their owner only', async () => {
      const store = current();
      const [trades, bars] = [positionOf(0, 'owner'), { ...positionOf(0, 'owner'), topic: 'stock-bars' }];
      const save = (version: number, moves: readonly PositionMove[]) =>
        store.saveCheckpoint({ key: 'owned', savedMs: BASE_MS, version, state: Uint8Array.of(version) }, moves);
      const move = (position: PositionKey, expectedOffset: number | null, nextOffset: number) => ({
        position,
        expectedOffset,
        nextOffset,
      });
      expect(await save(1, [move(trades, null, 10), move(bars, null, 5)])).toBe(true);
      expect(await save(2, [move(trades, 10, 20), move(bars, 4, 6)])).toBe(false);
      expect((await store.loadCheckpoint('owned'))?.version).toBe(1);
      expect([await store.position(trades), await store.position(bars)]).toEqual([10, 5]);
      expect(await save(3, [move(trades, 10, 10), move(bars, 5, 6)])).toBe(true);
      expect((await store.loadCheckpoint('owned'))?.version).toBe(3);
    });

    it('tells its engine, version and size', async () => {
      const status = await current().status();
      expect(status.isReachable).toBe(true);
      expect(status.schemaVersion).toBeGreaterThan(0);
      expect(status.sizeBytes).toBeGreaterThan(0);
    });
  });
}

function describeDatasets(current: () => StoreEngine): void {
  describe('datasets', () => {
    it('keeps one dataset apart from another', async () => {
      const [mock, replay] = [await current().open('tapedeck_mock'), await current().open('tapedeck_replay_x')];
      await mock.persist({
        ...emptyBatch(positionOf(0), null, 1),
        trades: recordsOf([tradeOf(1)]),
        alerts: [alertOf(1)],
      });
      expect(await replay.trades({ symbol: 'AAPL', fromMs: 0, toMs: null, limit: 10 })).toEqual([]);
      expect(await replay.position(positionOf(0))).toBeNull();
      await mock.close();
      await replay.close();
    });

    it('keeps everything when it is closed and opened again', async () => {
      const first = await current().open('tapedeck_again');
      await first.persist({ ...emptyBatch(positionOf(0), null, 7), trades: recordsOf([tradeOf(1)]) });
      await first.close();
      const second = await current().open('tapedeck_again');
      expect(await second.trades({ symbol: 'AAPL', fromMs: 0, toMs: null, limit: 10 })).toEqual([
        { ...tradeOf(1), amendment: null },
      ]);
      expect(await second.position(positionOf(0))).toBe(7);
      await second.close();
    });

    it('refuses a schema that a newer program has written', async () => {
      await (await current().open('tapedeck_newer')).close();
      await current().tamper(
        'tapedeck_newer',
        `INSERT INTO tapedeck_newer.schema_migrations (kind, version, name) VALUES ('plain', 999, 'from-the-future')`,
      );
      await expect(current().open('tapedeck_newer')).rejects.toMatchObject({ code: 'unsupported' });
    });
  });
}
