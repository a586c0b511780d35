import { describe, expect, it } from 'vitest';
import { keyLabel, type KeyPress, latinKey } from './key-text.ts';

const press = (key: string, code: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

describe('latinKey', () => {
  it('takes the letter that the layout types', () => {
    expect(latinKey(press('a', 'KeyA'))).toBe('A');
    expect(latinKey(press('a', 'KeyQ'))).toBe('A');
    expect(latinKey(press('5', 'Digit5'))).toBe('5');
  });

  it('takes the place of the key where the layout has no Latin letters', () => {
    expect(latinKey(press('ф', 'KeyA'))).toBe('A');
    expect(latinKey(press('ξ', 'KeyJ'))).toBe('J');
  });

  it('leaves signs, accents and held modifiers alone', () => {
    expect(latinKey(press('é', 'Digit2'))).toBeNull();
    expect(latinKey(press('!', 'Digit1'))).toBeNull();
    expect(latinKey(press('Enter', 'Enter'))).toBeNull();
    expect(latinKey(press('k', 'KeyK', { ctrlKey: true }))).toBeNull();
  });
});

describe('keyLabel', () => {
  it('writes keys as the platform does', () => {
    expect(keyLabel('$mod+Shift+KeyO', 'Linux x86_64')).toBe('Ctrl+Shift+O');
    expect(keyLabel('$mod+KeyK', 'MacIntel')).toBe('⌘K');
    expect(keyLabel('$mod+Backslash', 'Win32')).toBe('Ctrl+\\');
  });
});
