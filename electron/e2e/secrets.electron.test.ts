import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { desktopSkipReason, withDataFolder } from './desktop.ts';
import { keyringSkipReason, openKeyring } from './keyring.ts';
import { row, seeListTick } from './terminal-page.ts';

const skipReason = desktopSkipReason();
const keychainSkipReason = skipReason ?? keyringSkipReason();
const KEY = 'PKSTANDIN00000000TEST';

async function typeKeys(page: Page): Promise<void> {
  await row(page, 'AAPL').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('SET');
  await page
    .getByRole('option', { name: /Settings/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  const form = page.getByRole('form', { name: 'Alpaca keys' });
  await form.getByLabel('Alpaca Key ID').fill(KEY);
  await form.getByRole('button', { name: 'Keep keys' }).click();
}

/** Files below `folder` that hold `text`, or its base64. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const forms = [Buffer.from(text), Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1))];
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    if (forms.some((form) => content.includes(form))) found.push(path);
  }
  return found;
}

describe.skipIf(keychainSkipReason !== null)(
  `keys with a keychain${keychainSkipReason === null ? '' : ` (skipped: ${keychainSkipReason})`}`,
  () => {
    it('are kept encrypted, for their owner only, and read again by the next start', () =>
      withDataFolder(async (dataDir, open) => {
        const keyring = await openKeyring();
        try {
          const options = { switches: ['--password-store=gnome-libsecret'], environment: keyring.environment };
          const first = await open(options);
          await typeKeys(first.page);
          await first.page.getByPlaceholder('set, encrypted').first().waitFor();
          const file = join(dataDir, 'config', 'secrets.encrypted.json');
          expect((await stat(file)).mode & 0o777).toBe(0o600);
          expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object)).toEqual(['APCA_API_KEY_ID']);
          expect(await first.quit()).toBe(0);
          expect(await filesWith(dataDir, KEY)).toEqual([]);
          expect(first.stderr()).not.toContain(KEY);

          const second = await open(options);
          await seeListTick(second.page);
          await second.page.getByPlaceholder('set, encrypted').first().waitFor();
          expect(second.stderr()).not.toMatch(/could not be decrypted/);
          await second.close();
        } finally {
          await keyring.close();
        }
      }));
  },
);

describe.skipIf(skipReason !== null)(
  `keys without a keychain${skipReason === null ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    it('are refused, and the refusal says what to do', () =>
      withDataFolder(async (dataDir, open) => {
        const { page, stderr, quit } = await open({ switches: ['--password-store=basic'] });
        await typeKeys(page);
        await page.getByText(/no keychain .* Set APCA_API_KEY_ID in the environment or in \.env instead/).waitFor();
        expect(await quit()).toBe(0);
        expect(await filesWith(dataDir, KEY)).toEqual([]);
        expect(stderr()).not.toContain(KEY);
      }));
  },
);
