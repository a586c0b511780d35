/** What a program says on the line to its starter once its exit code is an answer of its own, not of the runtime under it. */
export const IS_UP = 'up';

/** Tells whoever started this process with a line to it that it runs, or has said itself why it does not. */
export function tellStarter(): void {
  process.send?.(IS_UP);
}

/**
 * Calls the listener once when whoever started this process with a line to it (`stdio: 'ipc'`) is gone, be it killed: then
 * nobody is left to pass on a signal. Does nothing in a process that was started in another way.
 */
export function onStarterGone(listener: () => void): void {
  if (!('connected' in process)) return;
  process.once('disconnect', listener);
  // Listening must not keep a process alive that has nothing else to do.
  process.channel?.unref();
  if (!process.connected) process.emit('disconnect');
}
