import { Check } from 'lucide-react';
import { DropdownMenu, Switch as RadixSwitch } from 'radix-ui';
import {
  type ButtonHTMLAttributes,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  useState,
} from 'react';
import styles from './controls.module.css';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { readonly look?: 'plain' | 'primary' | 'icon' };

export function Button({ look = 'plain', className, type = 'button', ...rest }: ButtonProps) {
  const looks = { plain: '', primary: styles['primary'], icon: styles['icon'] };
  return (
    <button {...rest} type={type} className={[styles['button'], looks[look], className].filter(Boolean).join(' ')} />
  );
}

export function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <label className={styles['field']}>
      <span>{label}</span>
      {children}
    </label>
  );
}

export function TextInput({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={[styles['input'], className].filter(Boolean).join(' ')}
    />
  );
}

export function Choice({ className, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select {...rest} className={[styles['input'], className].filter(Boolean).join(' ')} />;
}

export function Toggle({
  label,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <RadixSwitch.Root className={styles['switch']} checked={isOn} onCheckedChange={onChange} aria-label={label}>
      <RadixSwitch.Thumb className={styles['thumb']} />
    </RadixSwitch.Root>
  );
}

/** What a pane shows instead of data: what it waits for, or what went wrong and what to do. */
export function PaneState({
  title,
  children,
  isError = false,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly isError?: boolean;
}) {
  return (
    <div className={styles['state']} role={isError ? 'alert' : 'status'}>
      <p className={styles['stateTitle']}>{title}</p>
      {children}
    </div>
  );
}

export function Toolbar({ children, label }: { readonly children: ReactNode; readonly label: string }) {
  return (
    <div className={styles['toolbar']} role="toolbar" aria-label={label}>
      {children}
    </div>
  );
}

export type MenuEntry =
  | {
      readonly label: string;
      readonly keys?: string;
      readonly icon?: ReactNode;
      readonly isDisabled?: boolean;
      /** Makes it a choice that is on or off; the menu stays open for the next one. */
      readonly isChecked?: boolean;
      readonly run: () => void;
    }
  | 'line'
  | { readonly heading: string };

/** A menu under a button. Not modal: a modal one would write a `<style>` that the content security policy refuses. */
export function Menu({
  trigger,
  label,
  entries,
}: {
  readonly trigger: ReactNode;
  readonly label: string;
  readonly entries: readonly MenuEntry[];
}) {
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        ref={setButton}
        aria-label={label}
        title={label}
        className={`${styles['button']} ${styles['icon']}`}
      >
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={button?.ownerDocument.body ?? null}>
        <DropdownMenu.Content className={styles['menu']} align="end" sideOffset={3} collisionPadding={6}>
          {entries.map((entry, index) => (
            <MenuRow key={index} entry={entry} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function MenuRow({ entry }: { readonly entry: MenuEntry }) {
  if (entry === 'line') return <DropdownMenu.Separator className={styles['menuLine']} />;
  if ('heading' in entry)
    return <DropdownMenu.Label className={styles['menuLabel']}>{entry.heading}</DropdownMenu.Label>;
  if (entry.isChecked !== undefined)
    return (
      <DropdownMenu.CheckboxItem
        className={styles['menuItem']}
        checked={entry.isChecked}
        onSelect={(event) => event.preventDefault()}
        onCheckedChange={() => entry.run()}
      >
        <Check size={12} aria-hidden visibility={entry.isChecked ? 'visible' : 'hidden'} />
        {entry.label}
      </DropdownMenu.CheckboxItem>
    );
  return (
    <DropdownMenu.Item className={styles['menuItem']} disabled={entry.isDisabled === true} onSelect={() => entry.run()}>
      {entry.icon}
      {entry.label}
      {entry.keys !== undefined && <span className={styles['menuKeys']}>{entry.keys}</span>}
    </DropdownMenu.Item>
  );
}
