export type * from './dead-letter-store.ts';
export type { DataFolderLock } from './data-folder-lock.ts';
export { acquireDataFolderLock, readDataFolderLock } from './data-folder-lock.ts';
export { setAside } from './embedded-folder.ts';
export { openEmbeddedStore } from './embedded-store.ts';
export type { PostgresServer } from './postgres-dsn.ts';
export { parsePostgresDsn } from './postgres-dsn.ts';
export type * from './store.ts';
