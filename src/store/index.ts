export type { DataFolderLock, LockHolder } from './data-folder-lock.ts';
export { acquireDataFolderLock, readDataFolderLock } from './data-folder-lock.ts';
export { setAside } from './embedded-folder.ts';
export type { EmbeddedStoreOptions } from './embedded-store.ts';
export { openEmbeddedStore } from './embedded-store.ts';
export type { PostgresServer, PostgresStoreOptions, SslMode } from './postgres-store.ts';
export { SSL_MODES, isSslMode, openPostgresStore, parsePostgresDsn } from './postgres-store.ts';
export type * from './store.ts';
