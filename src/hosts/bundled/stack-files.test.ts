import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRIC_CATALOG } from '../../pipeline/metric-catalog.ts';
import { stackSourceFolder } from './stack-files.ts';
import { STACK_SERVICES } from './stack-services.ts';

const source = stackSourceFolder();
const compose = readFileSync(join(source, 'docker-compose.yml'), 'utf8');

/** The text of each service of docker-compose.yml by its name. */
const blocks = new Map(
  (compose.split('\nservices:\n')[1]?.split('\nvolumes:\n')[0] ?? '').split(/\n(?= {2}[a-z-]+:\n)/).map((block) => {
    const name = /^ {2}([a-z-]+):/m.exec(block)?.[1] ?? '';
    return [name, block] as const;
  }),
);

test('the services, their profiles and ports are those of docker-compose.yml', () => {
  expect([...blocks.keys()]).toEqual(STACK_SERVICES.map(({ name }) => name));
  for (const { name, profile, portName } of STACK_SERVICES) {
    const block = blocks.get(name) ?? '';
    expect(/profiles: \[(\w+)\]/.exec(block)?.[1] ?? null, name).toBe(profile);
    expect(block, name).toContain(`'127.0.0.1:\${${portName}:-`);
  }
});

test('every service has a pinned image, a health check and is reachable from this machine only', () => {
  for (const [name, block] of blocks) {
    expect(block, name).toMatch(/image: [\w./-]+:v?\d+\.\d+[\w.-]*\n/);
    expect(block, name).toContain('healthcheck:');
    const ports = [...block.matchAll(/ports: \['([^']+)'\]/g)].map((found) => found[1]);
    expect(
      ports.every((port) => port?.startsWith('127.0.0.1:')),
      name,
    ).toBe(true);
  }
});

test('no password has a default that everybody knows', () => {
  const passwords = compose.split('\n').filter((line) => /^ +\w*PASSWORD\w*: /.test(line));
  expect(passwords).toHaveLength(4);
  expect(passwords.filter((line) => !/\$\{POSTGRES_PASSWORD(?::\?|\})|\*database-password/.test(line))).toEqual([]);
});

test('the dashboard asks for metrics that there are', () => {
  const dashboard = readFileSync(join(source, 'resources/stack/grafana/dashboards/tapedeck.json'), 'utf8');
  const asked = [...dashboard.matchAll(/tapedeck_(\w+)/g)].map((found) => (found[1] ?? '').replace(/_bucket$/, ''));
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((name) => !(name in METRIC_CATALOG))).toEqual([]);
});
