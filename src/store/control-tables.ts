import type { Alert, AlertRule, Instrument } from '../market/index.ts';
import { readUndelivered } from './market-queries.ts';
import { dropHostReport, readHostReports, saveHostReport } from './host-reports.ts';
import type { SqlDatabase } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { ControlStore, HostReportRow, Subscription } from './store.ts';

/** A claim that nobody finished (its host died) may be taken again after this long. */
const ABANDONED_CLAIM_MS = 2 * 60_000;

interface AlertRuleRow {
  readonly id: string;
  readonly symbol: string;
  readonly condition: AlertRule['condition'];
  readonly is_enabled: boolean;
  readonly cooldown_ms: number;
  readonly hysteresis_percent: number;
  readonly note: string;
  readonly created: number;
  readonly updated: number;
}

/** What hosts agree on through the database: who watches what, which rules exist, who delivers an alert. */
export class ControlTables implements ControlStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async renewSubscriptions(client: string, symbols: readonly string[], leaseUntilMs: number): Promise<void> {
    const wanted = sqlJson([...new Set(symbols)].map((symbol, priority) => ({ symbol, priority })));
    await this.#database.transaction(async (session) => {
      await session.query(
        `DELETE FROM subscriptions WHERE client = $1
         AND symbol NOT IN (SELECT symbol FROM jsonb_to_recordset($2::jsonb) AS new (symbol text))`,
        [client, wanted],
      );
      await session.query(
        `INSERT INTO subscriptions (client, symbol, priority, lease_until)
         SELECT $1, symbol, priority, $3::timestamptz FROM jsonb_to_recordset($2::jsonb) AS new (symbol text, priority int)
         ON CONFLICT (client, symbol) DO UPDATE SET priority = excluded.priority, lease_until = excluded.lease_until`,
        [client, wanted, sqlTime(leaseUntilMs)],
      );
    });
  }

  async dropSubscriptions(client: string): Promise<void> {
    await this.#database.query('DELETE FROM subscriptions WHERE client = $1', [client]);
  }

  async liveSubscriptions(nowMs: number): Promise<readonly Subscription[]> {
    const { rows } = await this.#database.query<Omit<Subscription, 'leaseUntilMs'> & { readonly lease_until: number }>(
      `SELECT client, symbol, priority, lease_until FROM subscriptions WHERE lease_until > $1::timestamptz
       ORDER BY priority, symbol, client`,
      [sqlTime(nowMs)],
    );
    return rows.map(({ lease_until, ...subscription }) => ({ ...subscription, leaseUntilMs: lease_until }));
  }

  async acquireLease(name: string, owner: string, nowMs: number, untilMs: number): Promise<boolean> {
    const { affectedRows } = await this.#database.query(
      `INSERT INTO leases (name, owner, until) VALUES ($1, $2, $4::timestamptz)
       ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
       WHERE leases.owner = excluded.owner OR leases.until <= $3::timestamptz`,
      [name, owner, sqlTime(nowMs), sqlTime(untilMs)],
    );
    return affectedRows === 1;
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    await this.#database.query('DELETE FROM leases WHERE name = $1 AND owner = $2', [name, owner]);
  }

  async alertRules(): Promise<readonly AlertRule[]> {
    const { rows } = await this.#database.query<AlertRuleRow>('SELECT * FROM alert_rules ORDER BY created, id');
    return rows.map((row) => ({
      id: row.id,
      symbol: row.symbol,
      condition: row.condition,
      isEnabled: row.is_enabled,
      cooldownMs: row.cooldown_ms,
      hysteresisPercent: row.hysteresis_percent,
      note: row.note,
      createdMs: row.created,
      updatedMs: row.updated,
    }));
  }

  async saveAlertRule(rule: AlertRule): Promise<void> {
    await this.#database.query(
      `INSERT INTO alert_rules (id, symbol, condition, is_enabled, cooldown_ms, hysteresis_percent, note, created, updated)
       VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz)
       ON CONFLICT (id) DO UPDATE SET symbol = excluded.symbol, condition = excluded.condition,
         is_enabled = excluded.is_enabled, cooldown_ms = excluded.cooldown_ms,
         hysteresis_percent = excluded.hysteresis_percent, note = excluded.note, updated = excluded.updated`,
      [
        rule.id,
        rule.symbol,
        sqlJson(rule.condition),
        rule.isEnabled,
        rule.cooldownMs,
        rule.hysteresisPercent,
        rule.note,
        sqlTime(rule.createdMs),
        sqlTime(rule.updatedMs),
      ],
    );
  }

  async deleteAlertRule(id: string): Promise<void> {
    await this.#database.query('DELETE FROM alert_rules WHERE id = $1', [id]);
  }

  async claimDelivery(alertId: string, channel: string, nowMs: number): Promise<boolean> {
    const { affectedRows } = await this.#database.query(
      `INSERT INTO deliveries (alert_id, channel, claimed) VALUES ($1, $2, $3::timestamptz)
       ON CONFLICT (alert_id, channel) DO UPDATE SET claimed = excluded.claimed
       WHERE deliveries.finished IS NULL AND deliveries.claimed <= $4::timestamptz`,
      [alertId, channel, sqlTime(nowMs), sqlTime(nowMs - ABANDONED_CLAIM_MS)],
    );
    return affectedRows === 1;
  }

  async finishDelivery(
    alertId: string,
    channel: string,
    result: { readonly isDelivered: boolean; readonly detail: string },
    nowMs: number,
  ): Promise<void> {
    await this.#database.query(
      `UPDATE deliveries SET finished = $3::timestamptz, is_delivered = $4, detail = $5
       WHERE alert_id = $1 AND channel = $2`,
      [alertId, channel, sqlTime(nowMs), result.isDelivered, result.detail],
    );
  }

  async releaseDelivery(alertId: string, channel: string): Promise<void> {
    await this.#database.query('DELETE FROM deliveries WHERE alert_id = $1 AND channel = $2 AND finished IS NULL', [
      alertId,
      channel,
    ]);
  }

  abandonedDeliveries(channel: string, nowMs: number, limit: number): Promise<readonly Alert[]> {
    return readUndelivered(this.#database, channel, nowMs - ABANDONED_CLAIM_MS, limit);
  }

  saveHostReport(hostId: string, report: string): Promise<number> {
    return saveHostReport(this.#database, hostId, report);
  }

  hostReports(): Promise<readonly HostReportRow[]> {
    return readHostReports(this.#database);
  }

  dropHostReport(hostId: string): Promise<void> {
    return dropHostReport(this.#database, hostId);
  }

  async saveInstruments(instruments: readonly Instrument[]): Promise<void> {
    const latest = [...new Map(instruments.map((instrument) => [instrument.symbol, instrument])).values()];
    const rows = sqlJson(latest.map(({ priceDecimals, ...rest }) => ({ ...rest, price_decimals: priceDecimals })));
    await this.#database.transaction(async (session) => {
      await session.query(
        `INSERT INTO industries (sector, name)
         SELECT DISTINCT sector, industry FROM jsonb_to_recordset($1::jsonb) AS new (sector text, industry text)
         ORDER BY sector, industry
         ON CONFLICT DO NOTHING`,
        [rows],
      );
      await session.query(
        `INSERT INTO companies (symbol, name, industry_id, exchange, calendar, price_decimals)
         SELECT new.symbol, new.name, i.id, new.exchange, new.calendar, new.price_decimals
         FROM jsonb_to_recordset($1::jsonb) AS new (symbol text, name text, sector text, industry text, exchange text,
           calendar text, price_decimals int)
         JOIN industries i ON i.sector = new.sector AND i.name = new.industry
         ORDER BY new.symbol
         ON CONFLICT (symbol) DO UPDATE SET name = excluded.name, industry_id = excluded.industry_id,
           exchange = excluded.exchange, calendar = excluded.calendar, price_decimals = excluded.price_decimals`,
        [rows],
      );
    });
  }
}
