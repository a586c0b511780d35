import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { SecretMask, secretsOf } from './secret-mask.ts';

function configOf(environment: Readonly<Record<string, string>>) {
  return loadConfig({
    hostKind: 'web',
    flags: {},
    environment: { TAPEDECK_STACK: 'bundled', ...environment },
    workingDir: '/nowhere',
    platform: { data: '/nowhere/data', config: '/nowhere/config', log: '/nowhere/log' },
    readText: () => {
      throw Object.assign(new Error('none'), { code: 'ENOENT' });
    },
    fileExists: () => true,
    readSettings: () => ({}),
    readSecrets: () => ({}),
  }).config;
}

describe('the secrets of a configuration', () => {
  test('a bundled log keeps its group, schema and client names', () => {
    const mask = new SecretMask(secretsOf(configOf({})));
    expect(mask.apply('group tapedeck-serve of tapedeck_live')).toBe('group tapedeck-serve of tapedeck_live');
  });

  test('are hidden as they were given and as an address has them', () => {
    const mask = new SecretMask(secretsOf(configOf({ POSTGRES_PASSWORD: 'p@ssword', APCA_API_SECRET_KEY: 'key-key' })));
    expect(mask.apply('p@ssword p%40ssword key-key')).toBe('*** *** ***');
  });
});
