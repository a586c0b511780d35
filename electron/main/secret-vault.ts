import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { safeStorage } from 'electron';
import { z } from 'zod';
import { secretNameSchema, type SecretName } from '../../src/contract/index.ts';
import { writePrivateFile } from '../../src/hosts/settings/file-secret-store.ts';
import type { SecretState } from '../../src/hosts/settings/settings-store.ts';
import { TapedeckError, type Log } from '../../src/market/index.ts';

const fileSchema = z.partialRecord(secretNameSchema, z.base64());

/** Keys typed into Settings, encrypted by the system's keychain; only ciphertext touches the disk. */
export class SecretVault {
  readonly #path: string;
  readonly #log: Log;

  constructor(configDir: string, log: Log) {
    this.#path = join(configDir, 'secrets.encrypted.json');
    this.#log = log;
  }

  /** By environment name. A secret that no longer decrypts (a new keychain) is left out and reported. */
  read(): Readonly<Record<string, string>> {
    const secrets: Record<string, string> = {};
    for (const [name, ciphertext] of Object.entries(this.#readFile())) {
      try {
        secrets[name] = safeStorage.decryptString(Buffer.from(ciphertext, 'base64'));
      } catch (error) {
        this.#log.warn({ error, name }, 'A stored key could not be decrypted: enter it again in Settings');
      }
    }
    return secrets;
  }

  states(): Readonly<Record<SecretName, SecretState>> {
    const file = this.#readFile();
    const entries = secretNameSchema.options.map((name) => [
      name,
      { isSet: file[name] !== undefined, isEncrypted: file[name] !== undefined },
    ]);
    return Object.fromEntries(entries) as Record<SecretName, SecretState>;
  }

  /** Throws `unsupported` where the system has no keychain: a key in plain text is worse than none. */
  set(name: SecretName, value: string | null): SecretState {
    const file = { ...this.#readFile() };
    if (value === null) {
      delete file[name];
    } else {
      if (!isKeychainSafe()) {
        throw new TapedeckError('unsupported', 'no keychain to encrypt with', {
          userMessage: `This system has no keychain (GNOME Keyring, KWallet), so the key was not stored. Set ${name} in the environment or in .env instead.`,
        });
      }
      file[name] = safeStorage.encryptString(value).toString('base64');
    }
    writePrivateFile(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    return { isSet: value !== null, isEncrypted: value !== null };
  }

  #readFile(): z.infer<typeof fileSchema> {
    if (!existsSync(this.#path)) return {};
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      throw new TapedeckError('corrupt', `${this.#path} is not a file of encrypted keys`, {
        userMessage: `${this.#path} cannot be read. Move it away, start TapeDeck and enter the keys again.`,
        cause: error,
      });
    }
  }
}

function isKeychainSafe(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false;
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text';
}
