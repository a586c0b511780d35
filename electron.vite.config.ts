import { resolve } from 'node:path';
import { defineConfig } from 'electron-vite';
import { rendererPlugins } from './src/ui/renderer-build.ts';

const root = import.meta.dirname;

// Targets are set by hand: electron-vite would read them from the installed Electron (45), and the tested runtime is 33.
export default defineConfig({
  main: {
    build: {
      target: 'node20.18',
      outDir: resolve(root, 'out/main'),
      // Bundled, because opening some nine hundred small files takes longer than all else a start does in JavaScript.
      externalizeDeps: false,
      rolldownOptions: {
        // Finds its WebAssembly and data files beside its own module.
        external: ['@electric-sql/pglite'],
        input: {
          index: resolve(root, 'electron/main/index.ts'),
          pipeline: resolve(root, 'electron/pipeline/index.ts'),
          cli: resolve(root, 'src/hosts/cli.ts'),
          'pglite-worker': resolve(root, 'src/store/pglite-worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
      outDir: resolve(root, 'out/preload'),
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve(root, 'electron/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/ui'),
    plugins: rendererPlugins(),
    build: {
      target: 'chrome130',
      outDir: resolve(root, 'out/renderer'),
      emptyOutDir: true,
      rolldownOptions: {
        input: { index: resolve(root, 'src/ui/index.html'), popout: resolve(root, 'src/ui/popout.html') },
      },
    },
  },
});
