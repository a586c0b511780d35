import { expect, test } from 'vitest';
import { silentLog, systemClock, TapedeckError } from '../../market/index.ts';
import { ErrorReporter } from '../../pipeline/error-reporter.ts';
import type { Store } from '../../store/index.ts';
import { SecretMask } from './secret-mask.ts';

test('no secret of the host reaches the table of errors, whichever part of a message it is in', () => {
  const webhook = 'https://hooks.example.com/services/T0/B0/abcdef';
  const dsn = 'postgres://tapedeck:s3cret-pass@db.example.com/market';
  const mask = new SecretMask([webhook, dsn, 's3cret-pass', 'PK-API-KEY-1']);
  const messages: string[] = [];
  const store: Pick<Store, 'recordError'> = {
    recordError: (row) => {
      messages.push(row.message);
      return Promise.resolve();
    },
  };
  const needs = { store: store as Store, clock: systemClock, maskSecrets: (text: string) => mask.apply(text) };
  const reporter = new ErrorReporter(needs, silentLog);
  const report = (error: unknown) => reporter.report({ scope: 'notify', error, outcome: 'gave-up', what: 'failed' });
  report(new TapedeckError('timeout', `POST ${webhook} timed out`));
  report(new Error(`cannot connect to ${dsn}: password s3cret-pass refused`));
  report(new TapedeckError('unauthorized', 'refused', { userMessage: 'The key PK-API-KEY-1 is not known.' }));
  expect(messages).toEqual([
    'failed: POST *** timed out',
    'failed: cannot connect to ***: password *** refused',
    'failed: The key *** is not known.',
  ]);
});
