import { type FormEvent, useEffect, useState } from 'react';
import type { SecretName } from '../../../contract/index.ts';
import { Button, TextInput } from '../../components/controls.tsx';
import { useConnectionEpoch, useTerminal } from '../../data/terminal-context.tsx';
import styles from './settings.module.css';

const KEYS: readonly { readonly name: SecretName; readonly label: string }[] = [
  { name: 'APCA_API_KEY_ID', label: 'Key ID' },
  { name: 'APCA_API_SECRET_KEY', label: 'Secret key' },
];

type SecretStates = Readonly<Partial<Record<SecretName, { readonly isSet: boolean; readonly isEncrypted: boolean }>>>;

/** Takes the keys and hands them to the host; they never come back to the window. */
export function AlpacaKeys() {
  const terminal = useTerminal();
  const epoch = useConnectionEpoch();
  const [states, setStates] = useState<SecretStates>({});
  const [typed, setTyped] = useState<Partial<Record<SecretName, string>>>({});
  useEffect(() => {
    if (epoch === null) return;
    const read = async () => {
      const secrets = await terminal.attempt('Keys could not be checked', (requests) => requests.settings.secrets());
      if (secrets !== null) setStates(secrets);
    };
    void read();
  }, [terminal, epoch]);

  const store = async (name: SecretName, value: string | null) => {
    const state = await terminal.attempt('The key was not kept', (requests) =>
      requests.settings.setSecret({ name, value }),
    );
    if (state === null) return false;
    setStates((known) => ({ ...known, [name]: state }));
    setTyped((known) => ({ ...known, [name]: '' }));
    return true;
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    for (const { name } of KEYS) {
      const value = typed[name]?.trim() ?? '';
      if (value !== '' && !(await store(name, value))) return;
    }
    terminal.notify({ key: 'keys', level: 'info', text: 'Keys kept. Restart the pipeline to use them.' });
  };
  const isAnySet = KEYS.some(({ name }) => states[name]?.isSet === true);
  const isAnyTyped = KEYS.some(({ name }) => (typed[name]?.trim() ?? '') !== '');
  return (
    <form className={styles['keys']} onSubmit={(event) => void save(event)} aria-label="Alpaca keys">
      {KEYS.map(({ name, label }) => (
        <label key={name}>
          <span>Alpaca {label}</span>
          <TextInput
            type="password"
            autoComplete="off"
            placeholder={placeholder(states[name])}
            value={typed[name] ?? ''}
            onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
          />
        </label>
      ))}
      <div className={styles['keyButtons']}>
        {isAnySet && (
          <Button
            onClick={() => {
              for (const { name } of KEYS) if (states[name]?.isSet === true) void store(name, null);
            }}
          >
            Forget keys
          </Button>
        )}
        <Button type="submit" disabled={!isAnyTyped}>
          Keep keys
        </Button>
      </div>
    </form>
  );
}

function placeholder(state: SecretStates[SecretName]): string {
  if (state?.isSet !== true) return 'not set';
  return state.isEncrypted ? 'set, encrypted' : 'set';
}
