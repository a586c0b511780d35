import { z } from 'zod';

export const secretNameSchema = z.enum(['APCA_API_KEY_ID', 'APCA_API_SECRET_KEY']);

/** The part of the settings file that the UI may see and change; the same file serves desktop, web and headless hosts. */
export const settingsSchema = z.object({
  theme: z.enum(['dark']),
  flashCells: z.boolean(),
  /** Which time of day the clock and the charts show. */
  clockZone: z.enum(['exchange', 'local', 'utc']),
  notifications: z.boolean(),
  /** Closing the window leaves the pipeline running in the tray. */
  closeToTray: z.boolean(),
  /** Where the data goes; null as started. A remote stack is chosen at the start only. */
  stack: z.enum(['embedded', 'bundled']).nullable(),
  feed: z.enum(['mock', 'alpaca']).nullable(),
  alpacaDataFeed: z.enum(['iex', 'sip', 'delayed_sip', 'test']),
  activeWatchlist: z.string().nullable(),
  chartSymbol: z.string().nullable(),
  chartInterval: z.enum(['1m', '5m', '15m', '1h', '1d']),
  chartIndicators: z.array(z.string()),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SecretName = z.infer<typeof secretNameSchema>;

export const DEFAULT_SETTINGS: Settings = {
  theme: 'dark',
  flashCells: true,
  clockZone: 'exchange',
  notifications: true,
  closeToTray: true,
  stack: null,
  feed: null,
  alpacaDataFeed: 'iex',
  activeWatchlist: null,
  chartSymbol: null,
  chartInterval: '1m',
  chartIndicators: ['sma20', 'ema12', 'bollinger20-2', 'rsi14', 'macd12-26-9'],
};
