import { Command } from 'cmdk';
import { CornerDownLeft } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Interval } from '../../market/index.ts';
import { useShell } from '../layout/workspace-context.tsx';
import { FUNCTION_CODES, paneFunction } from '../panes/pane-registry.ts';
import styles from './command-bar.module.css';
import { keyLabel } from './key-text.ts';
import { parseCommand } from './parse-command.ts';
import { PANE_COMMANDS, TERMINAL_COMMANDS } from './terminal-commands.ts';
import { useSymbolSearch } from './use-symbol-search.ts';

const FIRST = 'line';

/** One line for everything: symbols, function codes, commands. Escape or a click outside closes it. */
export function CommandBar({ initialText, onClose }: { readonly initialText: string; readonly onClose: () => void }) {
  const shell = useShell();
  const element = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(initialText);
  const [value, setValue] = useState('');
  const parsed = parseCommand(text, FUNCTION_CODES);
  const pane = parsed.code === null ? undefined : paneFunction(parsed.code);
  const query = parsed.symbol ?? (parsed.code !== null && parsed.rest.length === 0 ? '' : text.trim());
  const nameQuery = parsed.rest.length > 0 ? text.trim() : query;
  const { matches, isSearching, error } = useSymbolSearch(nameQuery, 8);
  const exact = matches.find(({ symbol }) => symbol === parsed.symbol);
  const words = text.trim().toLowerCase();
  const commands = TERMINAL_COMMANDS.filter(
    ({ id, title }) => id !== 'command-bar' && title.toLowerCase().includes(words),
  );
  const panes =
    words === ''
      ? PANE_COMMANDS
      : PANE_COMMANDS.filter(
          ({ code, title }) => code.startsWith(words.toUpperCase()) || title.toLowerCase().startsWith(words),
        );

  useEffect(() => {
    element.current?.showModal();
    const field = input.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }, []);

  const goTo = (symbol: string | null, code: string | null, interval: Interval | null) => {
    onClose();
    shell.show(code ?? 'GP', symbol, interval);
  };
  const isRunnable = parsed.rest.length === 0 && (pane !== undefined || exact !== undefined);
  const lineText = isRunnable
    ? [parsed.symbol, pane === undefined ? 'Chart' : pane.name, parsed.interval]
        .filter((part) => part !== null)
        .join(' · ')
    : '';
  const items = [
    ...(isRunnable ? [FIRST] : []),
    ...matches.map(({ symbol }) => `symbol-${symbol}`),
    ...panes.map(({ id }) => id),
    ...commands.map(({ id }) => id),
  ];
  const chosen = items.includes(value) ? value : (items[0] ?? '');
  return (
    <dialog
      ref={element}
      className={styles['bar']}
      aria-label="Command bar"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <Command
        shouldFilter={false}
        value={chosen}
        onValueChange={setValue}
        label="Command bar"
        loop
        vimBindings={false}
      >
        <Command.Input
          ref={input}
          value={text}
          onValueChange={(next) => {
            setText(next);
            // What stands first is what Enter does, until the arrows choose something else.
            setValue('');
          }}
          placeholder="Symbol, function or command: AAPL GP"
          maxLength={60}
          spellCheck={false}
          className={styles['input']}
        />
        <Command.List className={styles['list']}>
          {isRunnable && (
            <Command.Item
              value={FIRST}
              className={styles['item']}
              onSelect={() => goTo(parsed.symbol, parsed.code, parsed.interval)}
            >
              <b>{lineText}</b>
              <span>{exact?.name ?? pane?.description}</span>
              <CornerDownLeft size={12} aria-hidden />
            </Command.Item>
          )}
          {matches.length > 0 && (
            <Command.Group heading={<span className={styles['heading']}>Symbols</span>}>
              {matches.map((match) => (
                <Command.Item
                  key={match.symbol}
                  value={`symbol-${match.symbol}`}
                  className={styles['item']}
                  onSelect={() => goTo(match.symbol, parsed.code, parsed.interval)}
                >
                  <b>{match.symbol}</b>
                  <span>{match.name}</span>
                  <i>{match.sector}</i>
                </Command.Item>
              ))}
            </Command.Group>
          )}
          {panes.length > 0 && (
            <Command.Group heading={<span className={styles['heading']}>Functions</span>}>
              {panes.map((command) => (
                <Command.Item
                  key={command.id}
                  value={command.id}
                  className={styles['item']}
                  onSelect={() => goTo(null, command.code, null)}
                >
                  <b>{command.code}</b>
                  <span>
                    {command.title}: {command.description.toLowerCase()}
                  </span>
                </Command.Item>
              ))}
            </Command.Group>
          )}
          {commands.length > 0 && (
            <Command.Group heading={<span className={styles['heading']}>Commands</span>}>
              {commands.map((command) => (
                <Command.Item
                  key={command.id}
                  value={command.id}
                  className={styles['item']}
                  onSelect={() => {
                    onClose();
                    command.run(shell);
                  }}
                >
                  <span>{command.title}</span>
                  {command.keys !== undefined && <kbd>{keyLabel(command.keys, navigator.platform)}</kbd>}
                </Command.Item>
              ))}
            </Command.Group>
          )}
        </Command.List>
        {error !== null && <p className={styles['note']}>{error}</p>}
        {error === null && items.length === 0 && words !== '' && (
          <p className={styles['note']} role="status">
            {isSearching ? 'Searching…' : `Nothing is called “${text.trim()}”.`}
          </p>
        )}
      </Command>
    </dialog>
  );
}
