import { describe, expect, test } from 'vitest';
import { TapedeckError } from '../market/index.ts';
import { Teardown } from './teardown.ts';

function opened(names: readonly string[], failing: readonly string[]): { teardown: Teardown; closed: string[] } {
  const closed: string[] = [];
  const teardown = new Teardown();
  for (const name of names) {
    teardown.add(() => {
      closed.push(name);
      return failing.includes(name)
        ? Promise.reject(new TapedeckError('disk-full', `${name} is full`))
        : Promise.resolve();
    });
  }
  return { teardown, closed };
}

describe('a teardown', () => {
  test('closes everything newest first, also behind a step that fails, and says what failed', async () => {
    const { teardown, closed } = opened(['lock', 'bus', 'store', 'feed'], ['store']);
    await expect(teardown.run()).rejects.toMatchObject({ code: 'disk-full', message: 'store is full' });
    expect(closed).toEqual(['feed', 'store', 'bus', 'lock']);
  });

  test('names every step that failed', async () => {
    const { teardown } = opened(['lock', 'bus', 'store'], ['bus', 'store']);
    await expect(teardown.run()).rejects.toMatchObject({
      code: 'disk-full',
      userMessage: 'store is full bus is full',
    });
  });

  test('closes a kept resource once', async () => {
    const teardown = new Teardown();
    let closings = 0;
    const resource = await teardown.keep(Promise.resolve({ close: () => Promise.resolve(void closings++) }));
    await teardown.run();
    await teardown.run();
    expect(resource).toBeDefined();
    expect(closings).toBe(1);
  });
});
