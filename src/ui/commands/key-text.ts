/** The part of a keyboard event that decides what was meant. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/**
 * The Latin letter or digit of a key press, in upper case, or null. On a layout without Latin letters the key's place on the
 * keyboard counts, so that a Cyrillic or Greek layout types tickers and shortcuts too.
 */
export function latinKey(press: KeyPress): string | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (/^[a-z0-9]$/i.test(press.key)) return press.key.toUpperCase();
  // A Latin layout's own sign on that key (é, ß, !) is not the letter printed on an English keyboard.
  if (press.key.length !== 1 || !/\p{L}/u.test(press.key) || /\p{Script=Latin}/u.test(press.key)) return null;
  const match = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(press.code);
  return match?.[1] ?? match?.[2] ?? null;
}

/** Whether typing goes into a field and shortcuts must stay away. */
export function isEditable(target: EventTarget | null): boolean {
  const element = target as Partial<HTMLElement> | null;
  if (element?.tagName === undefined) return false;
  return ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName) || element.isContentEditable === true;
}

const isMac = (platform: string): boolean => /mac|darwin|iphone|ipad/i.test(platform);

/** `⌘K` on a Mac, `Ctrl+K` elsewhere. */
export function keyLabel(binding: string, platform: string): string {
  const mac = isMac(platform);
  const names: Record<string, string> = mac
    ? { $mod: '⌘', Shift: '⇧', Alt: '⌥', Control: '⌃' }
    : { $mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt', Control: 'Ctrl' };
  const keys: Record<string, string> = { Backslash: '\\', Comma: ',', ArrowUp: '↑', ArrowDown: '↓', Slash: '/' };
  return binding
    .split('+')
    .map((part) => names[part] ?? keys[part] ?? part.replace(/^(Key|Digit)/, ''))
    .join(mac ? '' : '+');
}
