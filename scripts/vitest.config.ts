import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
// Real windows, browsers and servers share a busy machine there; a test that only fails once there is told, not fatal.
const retry = process.env['CI'] === undefined ? 0 : 2;
const serial = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };

/** Four kinds of test by file name: `x.test.ts`, `x.integration.test.ts` (servers), `x.browser.test.ts`, `x.electron.test.ts`. */
export default defineConfig({
  root,
  test: {
    retry,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,electron}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.{integration,browser,electron}.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'integration', include: ['src/**/*.integration.test.ts'], ...serial } },
      { extends: true, test: { name: 'browser', include: ['{src,electron}/**/*.browser.test.ts'], ...serial } },
      { extends: true, test: { name: 'electron', include: ['electron/**/*.electron.test.ts'], ...serial } },
    ],
  },
});
