import type { SecretName } from '../../src/contract/index.ts';
import type { SecretState, SecretStore } from '../../src/hosts/settings/settings-store.ts';
import { TapedeckError } from '../../src/market/index.ts';
import type { MainClient } from './main-client.ts';
import type { Keychain } from './messages.ts';

/** Keys typed into Settings; main encrypts them, this process only knows what it was told. */
export class KeychainSecretStore implements SecretStore {
  readonly #main: MainClient;
  #keychain: Keychain;

  constructor(main: MainClient, keychain: Keychain) {
    this.#main = main;
    this.#keychain = keychain;
  }

  /** For the configuration of the next start of the pipeline. */
  get secrets(): Readonly<Record<string, string>> {
    return this.#keychain.secrets;
  }

  states(): Promise<Readonly<Record<SecretName, SecretState>>> {
    return Promise.resolve(this.#keychain.states);
  }

  async setSecret(name: SecretName, value: string | null): Promise<SecretState> {
    const answer = await this.#main.ask({ method: 'set-secret', name, value });
    if (answer.kind !== 'keychain') {
      const userMessage = answer.kind === 'refused' ? answer.userMessage : 'The key could not be stored.';
      throw new TapedeckError('unsupported', 'main did not store the key', { userMessage });
    }
    this.#keychain = answer.keychain;
    return answer.keychain.states[name];
  }
}
