import { Dialog } from '../components/dialog.tsx';
import styles from './key-help.module.css';
import { keyLabel } from './key-text.ts';
import { PANE_COMMANDS, PANE_KEYS, TERMINAL_COMMANDS } from './terminal-commands.ts';

/** What `?` shows: made from the commands themselves, so that it can't be out of date. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose} className={styles['dialog'] ?? ''}>
      <div className={styles['columns']}>
        <section>
          <h3 className={styles['heading']}>Everywhere</h3>
          {TERMINAL_COMMANDS.filter(({ keys }) => keys !== undefined).map(({ id, title, keys }) => (
            <Line key={id} title={title} keys={id === 'keys' ? '?' : keyLabel(keys ?? '', navigator.platform)} />
          ))}
          <h3 className={styles['heading']}>Functions</h3>
          {PANE_COMMANDS.map(({ code, title }) => (
            <Line key={code} title={title} keys={code} />
          ))}
        </section>
        <section>
          <h3 className={styles['heading']}>In panes</h3>
          {PANE_KEYS.map(({ keys, title, where }) => (
            <Line key={`${where} ${keys}`} title={title} keys={keys} note={where} />
          ))}
        </section>
      </div>
    </Dialog>
  );
}

function Line({ title, keys, note }: { readonly title: string; readonly keys: string; readonly note?: string }) {
  return (
    <div className={styles['line']}>
      <span>
        {title}
        {note !== undefined && <small> {note}</small>}
      </span>
      <kbd>{keys}</kbd>
    </div>
  );
}
