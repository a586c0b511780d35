import { Plus } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Watchlist } from '../../../contract/index.ts';
import { Button } from '../../components/controls.tsx';
import styles from './watchlist.module.css';

/** The lists by name. A double click or F2 renames in place. */
export function ListTabs({
  lists,
  activeId,
  renamingId,
  onChoose,
  onRename,
  onRenaming,
  onCreate,
}: {
  readonly lists: readonly Watchlist[];
  readonly activeId: string | null;
  readonly renamingId: string | null;
  readonly onChoose: (id: string) => void;
  readonly onRename: (list: Watchlist, name: string) => void;
  readonly onRenaming: (id: string | null) => void;
  readonly onCreate: () => void;
}) {
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const active = activeId === null ? null : strip.current?.querySelector(`[data-list="${CSS.escape(activeId)}"]`);
    active?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [activeId]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = lists.findIndex(({ id }) => id === activeId);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = lists[(at + step + lists.length) % lists.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    onChoose(next.id);
    strip.current?.querySelector<HTMLElement>(`[data-list="${CSS.escape(next.id)}"]`)?.focus();
  };
  return (
    <>
      <div ref={strip} role="tablist" aria-label="Watchlists" className={styles['lists']} onKeyDown={onKeyDown}>
        {lists.map((list) =>
          list.id === renamingId ? (
            <NameField
              key={list.id}
              name={list.name}
              onDone={(name) => {
                onRenaming(null);
                if (name !== null) onRename(list, name);
              }}
            />
          ) : (
            <button
              key={list.id}
              type="button"
              role="tab"
              data-list={list.id}
              aria-selected={list.id === activeId}
              tabIndex={list.id === activeId ? 0 : -1}
              className={styles['list']}
              title={`${list.name}: ${list.symbols.length} symbols`}
              onClick={() => onChoose(list.id)}
              onDoubleClick={() => onRenaming(list.id)}
              onKeyDown={(event) => {
                if (event.key === 'F2') onRenaming(list.id);
              }}
            >
              {list.name}
            </button>
          ),
        )}
      </div>
      <Button look="icon" aria-label="New list" title="New list" onClick={onCreate}>
        <Plus size={13} aria-hidden />
      </Button>
    </>
  );
}

function NameField({ name, onDone }: { readonly name: string; readonly onDone: (name: string | null) => void }) {
  const [text, setText] = useState(name);
  const input = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  useEffect(() => input.current?.select(), []);
  const finish = (value: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(value);
  };
  return (
    <input
      ref={input}
      className={styles['rename']}
      aria-label="Name of the list"
      maxLength={60}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(text)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') finish(text);
        if (event.key === 'Escape') finish(null);
      }}
    />
  );
}
