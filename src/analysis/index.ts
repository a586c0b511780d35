export * from './alerts/alert-engine.ts';
export * from './candles/build-candles.ts';
export { createCandleBuilder } from './candles/candle-book.ts';
export * from './candles/candle-builder.ts';
export type { IndicatorDescription } from './indicators/indicator-description.ts';
export { describeIndicator, offeredIndicators } from './indicators/indicator-registry.ts';
export * from './indicators/indicator-suite.ts';
