import { MAX_VENUES } from './venue-codes.ts';

/** A print is `COLUMNS` neighbouring numbers, 32 bytes: `printKey` of its id, price, size, and the rest in one. */
export const KEY = 0;
export const PRICE = 1;
export const SIZE = 2;
/** Nanoseconds since the minute began (36 bits), venue (11) and flags (5): an exact integer. */
export const PACKED = 3;
export const COLUMNS = 4;

export const FLAG_UNITS = 32;
export const FLAG_MASK = FLAG_UNITS - 1;
export const TIME_UNITS = MAX_VENUES * FLAG_UNITS;

/** What a print does to its candles. */
export const MOVES_LAST = 1;
export const MOVES_RANGE = 2;
export const ADDS_VOLUME = 4;
/** The price effects hold for the daily candle too. */
export const MOVES_DAY = 8;
/** A correction or cancel has changed the print. */
export const IS_AMENDED = 16;
