import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
const serial = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };

/** Four kinds of test by file name: `x.test.ts`, `x.integration.test.ts` (servers), `x.browser.test.ts`, `x.electron.test.ts`. */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,electron}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.{integration,browser,electron}.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      { extends: true, test: { name: 'integration', include: ['src/**/*.integration.test.ts'], ...serial } },
      { extends: true, test: { name: 'browser', include: ['{src,electron}/**/*.browser.test.ts'], ...serial } },
      { extends: true, test: { name: 'electron', include: ['electron/**/*.electron.test.ts'], ...serial } },
    ],
  },
});
