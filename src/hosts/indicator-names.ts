import { createIndicatorSuite, indicatorKeys } from '../analysis/index.ts';
import type { IndicatorPeriods } from '../analysis/index.ts';

/** The keys of `IndicatorSet.values` under these periods. */
export function indicatorNames(periods: IndicatorPeriods): readonly string[] {
  return createIndicatorSuite(indicatorKeys(periods)).columns;
}
