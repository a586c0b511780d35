export * from './candles/candle-builder.ts';
