import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { secretNameSchema } from '../../contract/index.ts';
import type { SecretName } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { settingsFileError, whileSettingsLocked } from './settings-file.ts';
import type { SecretState, SecretStore } from './settings-store.ts';

const fileSchema = z.partialRecord(secretNameSchema, z.string().min(1));
type SecretFile = z.infer<typeof fileSchema>;

function secretsPath(configDir: string): string {
  return join(configDir, 'secrets.json');
}

/** Empty where there is no file; throws `corrupt` (without a word of its content) for one that cannot be used. */
export function readSecretFile(configDir: string): Readonly<Record<string, string>> {
  const path = secretsPath(configDir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw settingsFileError(error, path);
  }
  const parsed = fileSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new TapedeckError('corrupt', `${path} is not a file of secrets`, {
    userMessage: `${path} cannot be read. Repair or remove it, then enter the keys again.`,
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** For hosts without a keyring: plain text that only the owner may read. */
export class FileSecretStore implements SecretStore {
  readonly #configDir: string;

  constructor(configDir: string) {
    this.#configDir = configDir;
  }

  states(): Promise<Readonly<Record<SecretName, SecretState>>> {
    const secrets = readSecretFile(this.#configDir);
    const states = secretNameSchema.options.map((name) => [
      name,
      { isSet: secrets[name] !== undefined, isEncrypted: false },
    ]);
    return Promise.resolve(Object.fromEntries(states) as Record<SecretName, SecretState>);
  }

  setSecret(name: SecretName, value: string | null): Promise<SecretState> {
    const path = secretsPath(this.#configDir);
    whileSettingsLocked(path, () => {
      const secrets: SecretFile = { ...readSecretFile(this.#configDir) };
      if (value === null) delete secrets[name];
      else secrets[name] = value;
      writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
    });
    return Promise.resolve({ isSet: value !== null, isEncrypted: false });
  }
}

/** Whole or not at all, readable by the owner alone. */
export function writePrivateFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.new-${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}
