import envPaths from 'env-paths';

/** Where this platform keeps an application's files. */
export interface PlatformFolders {
  readonly data: string;
  readonly config: string;
  readonly log: string;
}

export function platformFolders(): PlatformFolders {
  const { data, config, log } = envPaths('TapeDeck', { suffix: '' });
  return { data, config, log };
}
