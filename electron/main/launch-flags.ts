/** Switches that Chromium and Electron take for themselves; everything else must be one of ours. */
const RUNTIME_SWITCHES = [
  'no-sandbox',
  'disable-gpu',
  'disable-dev-shm-usage',
  'enable-unsafe-swiftshader',
  'force-device-scale-factor',
  'inspect',
  'lang',
  'ozone-platform',
  'ozone-platform-hint',
  'password-store',
  'remote-debugging-port',
  'use-angle',
];

/** The user's own flags: without the executable, the app's folder before packing, and the runtime's switches. */
export function launchFlags(commandLine: readonly string[], isPackaged: boolean): readonly string[] {
  const given = commandLine.slice(1);
  const appFolder = isPackaged ? -1 : given.findIndex((argument) => !argument.startsWith('-'));
  return given.slice(appFolder + 1).filter((argument) => {
    const name = argument.replace(/^--/, '').split('=', 1)[0] ?? '';
    return !(argument.startsWith('--') && RUNTIME_SWITCHES.includes(name));
  });
}
