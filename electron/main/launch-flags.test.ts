import { expect, test } from 'vitest';
import { launchFlags } from './launch-flags.ts';

test('keeps what follows the app folder of an unpacked app', () => {
  const commandLine = ['electron', '--inspect=0', '--no-sandbox', '/opt/tapedeck', '--feed', 'mock', '--symbols=AAPL'];
  expect(launchFlags(commandLine, false)).toEqual(['--feed', 'mock', '--symbols=AAPL']);
});

test('keeps every flag of a packed app but those of the runtime', () => {
  const commandLine = [
    '/opt/TapeDeck/tapedeck',
    '--password-store=gnome-libsecret',
    '--data-dir',
    '/data',
    '--fed',
    'x',
  ];
  expect(launchFlags(commandLine, true)).toEqual(['--data-dir', '/data', '--fed', 'x']);
});
