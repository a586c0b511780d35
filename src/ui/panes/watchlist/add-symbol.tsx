import { Plus } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { parseSymbols } from '../../commands/parse-command.ts';
import { useSymbolSearch } from '../../commands/use-symbol-search.ts';
import { useTerminal } from '../../data/terminal-context.tsx';
import styles from './watchlist.module.css';

/** Types a symbol into the list: completion while typing, several at once when pasted, and a word about a name nobody knows. */
export function AddSymbol({ onAdd }: { readonly onAdd: (symbols: readonly string[]) => void }) {
  const terminal = useTerminal();
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const query = text.trim();
  const { matches, isSearching, error } = useSymbolSearch(/[\s,;]/.test(query) ? '' : query, 8);
  const isOpen = query !== '' && (matches.length > 0 || error !== null);
  const shown = Math.min(active, Math.max(0, matches.length - 1));

  const finish = (symbols: readonly string[]) => {
    onAdd(symbols);
    setText('');
    setActive(0);
    setProblem(null);
  };
  const submit = async () => {
    const match = matches[shown];
    // While the answer to what is typed is on its way, what is typed counts, not an old suggestion.
    if (match !== undefined && !isSearching) {
      finish([match.symbol]);
      return;
    }
    const symbols = parseSymbols(text);
    const known: string[] = [];
    const unknown: string[] = [];
    const answers = await terminal.attempt('The symbol could not be looked up', (requests) =>
      Promise.all(symbols.map((symbol) => requests.symbols.find({ symbol }))),
    );
    if (answers === null) return;
    for (const [index, answer] of answers.entries()) {
      if (answer.instrument !== null) known.push(answer.instrument.symbol);
      else {
        const near = answer.suggestions.slice(0, 3).map(({ symbol }) => symbol);
        unknown.push(
          `${symbols[index] ?? ''} is unknown${near.length > 0 ? `: did you mean ${near.join(', ')}?` : ''}`,
        );
      }
    }
    if (known.length > 0) finish(known);
    if (unknown.length > 0) setProblem(unknown.join(' · '));
    else if (symbols.length === 0) setProblem('Type a ticker such as AAPL');
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(shown + 1, matches.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(shown - 1, 0));
    else if (event.key === 'Enter') void submit();
    else if (event.key === 'Escape' && text !== '') {
      setText('');
      setProblem(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className={styles['add']}>
      <Plus size={12} aria-hidden />
      <input
        role="combobox"
        aria-label="Add a symbol to this list"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-activedescendant={isOpen ? `${listId}${shown}` : undefined}
        aria-autocomplete="list"
        placeholder="Add symbol"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setProblem(null);
        }}
        onKeyDown={onKeyDown}
      />
      {problem !== null && (
        <p role="alert" className={styles['problem']}>
          {problem}
        </p>
      )}
      {isOpen && problem === null && (
        <div role="listbox" id={listId} aria-label="Matching symbols" className={styles['completions']}>
          {error !== null && <p className={styles['problem']}>{error}</p>}
          {matches.map((match, index) => (
            <div
              key={match.symbol}
              role="option"
              id={`${listId}${index}`}
              aria-selected={index === shown}
              className={styles['completion']}
              onPointerDown={(event) => {
                event.preventDefault();
                finish([match.symbol]);
              }}
              onPointerEnter={() => setActive(index)}
            >
              <b>{match.symbol}</b>
              <span>{match.name}</span>
              <i>{match.exchange}</i>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
