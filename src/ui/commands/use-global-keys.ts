import { useCallback, useEffect } from 'react';
import { tinykeys } from 'tinykeys';
import type { Shell } from '../layout/workspace-context.tsx';
import { isEditable, latinKey } from './key-text.ts';
import { TERMINAL_COMMANDS } from './terminal-commands.ts';

/** Commands that work while a field has the keyboard. */
const ALWAYS = new Set(['command-bar', 'next-pane', 'previous-pane']);

/** Binds the window's keys, in this window and, through the returned function, in each popped-out one. */
export function useGlobalKeys(shell: Shell): (target: Window) => () => void {
  const bind = useCallback(
    (target: Window) => {
      // What a key opens appears where it was pressed; the main window may lie behind this one.
      const here: Shell = {
        ...shell,
        openCommandBar: (text) => shell.openCommandBar(text, target.document),
        showKeys: () => shell.showKeys(target.document),
      };
      const bindings = Object.fromEntries(
        TERMINAL_COMMANDS.flatMap((command) => {
          if (command.keys === undefined) return [];
          const handle = (event: KeyboardEvent) => {
            if (event.defaultPrevented || hasModal(target)) return;
            if (isEditable(event.target) && !ALWAYS.has(command.id)) return;
            event.preventDefault();
            command.run(here);
          };
          return [[command.keys, handle] as const];
        }),
      );
      const unbind = tinykeys(target, bindings);
      const onKeyDown = (event: KeyboardEvent) => {
        if (event.defaultPrevented || isEditable(event.target) || hasModal(target)) return;
        const element = event.target as Partial<HTMLElement> | null;
        if (event.key === 'Tab' && !event.shiftKey && isWholePane(element)) {
          event.preventDefault();
          shell.workspace.cycle(1);
          return;
        }
        // Where it is typed differs from layout to layout.
        if (event.key === '?') {
          event.preventDefault();
          here.showKeys();
          return;
        }
        const letter = latinKey(event);
        if (letter === null || !/[A-Z]/.test(letter) || event.repeat) return;
        event.preventDefault();
        here.openCommandBar(letter);
      };
      target.addEventListener('keydown', onKeyDown);
      return () => {
        unbind();
        target.removeEventListener('keydown', onKeyDown);
      };
    },
    [shell],
  );
  useEffect(() => bind(window), [bind]);
  return bind;
}

/** A pane without controls of its own to go on to. */
function isWholePane(element: Partial<HTMLElement> | null): boolean {
  if (element?.hasAttribute?.('data-pane-focus') !== true) return false;
  return element.querySelector?.(':is(button, input, select, summary):not([tabindex="-1"], :disabled)') === null;
}

function hasModal(target: Window): boolean {
  return target.document.querySelector('dialog[open]') !== null;
}
