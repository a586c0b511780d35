/** What was done about an error; `gave-up` where nothing more is, until somebody acts. */
export const ERROR_OUTCOMES = ['retried', 'reconnected', 'dead-letter', 'skipped', 'gave-up'] as const;
export type ErrorOutcome = (typeof ERROR_OUTCOMES)[number];
