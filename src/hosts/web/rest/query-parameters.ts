import { z } from 'zod';
import { symbolSchema } from '../../../contract/index.ts';
import { INTERVALS, TapedeckError, isDatasetName, parseTimestamp } from '../../../market/index.ts';

const MAX_LIMIT = 10_000;
export const DEFAULT_LIMIT = 1_000;

export const symbolParameter = z
  .string({
    error: ({ input }) => (Array.isArray(input) ? 'may be given once only' : 'needed, a ticker such as AAPL'),
  })
  .pipe(symbolSchema)
  .meta({ description: 'Ticker', examples: ['AAPL'] });

export const intervalParameter = z
  .enum(INTERVALS, { error: `must be one of ${INTERVALS.join(', ')}` })
  .meta({ description: 'Candle length' });

/**
 * A date is midnight UTC; a date-time without zone is refused, because nobody can know which one was meant. The `+` of a
 * zone arrives as a blank where it was not escaped.
 */
export const exactTimeParameter = z.string().transform((given, context) => {
  const text = given.replace(/ (?=\d{2}:?\d{2}$)/, '+');
  try {
    return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch (error) {
    if (!(error instanceof TapedeckError)) throw error;
    context.addIssue({ code: 'custom', message: 'must be an ISO 8601 time such as 2026-07-13T13:45:00Z' });
    return z.NEVER;
  }
});

/** The same to the millisecond. */
export const timeParameter = exactTimeParameter.transform(({ timeMs }) => timeMs);

const rowCount = z
  .string()
  .regex(/^\d{1,5}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .optional();

export const limitParameter = rowCount.meta({ description: `Rows, up to ${MAX_LIMIT}. Default ${DEFAULT_LIMIT}` });

const rangeLimitParameter = rowCount.meta({
  description: `Rows, up to ${MAX_LIMIT}; without from or cursor the latest ones. Default ${DEFAULT_LIMIT}`,
});

export const cursorParameter = z
  .string()
  .max(200, 'must be the nextCursor of an earlier answer')
  .optional()
  .meta({ description: 'nextCursor of the page before' });

const FROM = { description: 'First time, included (ISO 8601)', format: 'date-time' };
const TO = { description: 'End, not included (ISO 8601)', format: 'date-time' };

/** Bounds of what has times to the nanosecond. */
export const exactBounds = {
  from: exactTimeParameter.optional().meta(FROM),
  to: exactTimeParameter.optional().meta(TO),
};

/** The parameters of every list over time. */
export const rangeParameters = {
  from: timeParameter.optional().meta(FROM),
  to: timeParameter.optional().meta(TO),
  limit: rangeLimitParameter,
  cursor: cursorParameter,
};

export const datasetParameter = z
  .string()
  .refine(isDatasetName, 'must be live, mock or replay-NAME')
  .optional()
  .meta({ description: 'Default: the dataset being run' });

/** The parameters of every stored list over time. */
export const storedRangeParameters = { ...rangeParameters, dataset: datasetParameter };

/** Comma-separated. */
export const symbolsParameter = z
  .string()
  .transform((text) => text.split(',').filter((word) => word !== ''))
  .pipe(z.array(symbolSchema).min(1))
  .meta({ description: 'Tickers, comma-separated', examples: ['AAPL,MSFT'] });
