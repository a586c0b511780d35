import react from '@vitejs/plugin-react';
import type { PluginOption } from 'vite';

/**
 * sonner writes its stylesheet into a `<style>` element when it is imported, which `style-src 'self'` refuses; the same
 * sheet is imported as a file instead. Fails the build when a new version of sonner no longer has the call.
 */
function stripInjectedStyles(): PluginOption {
  return {
    name: 'tapedeck:strip-injected-styles',
    enforce: 'pre',
    transform(code, id) {
      if (!/[\\/]sonner[\\/]dist[\\/]index\.mjs/.test(id)) return null;
      const stripped = code.replace(/^__insertCSS\(".*"\);?$/m, '');
      if (stripped === code)
        this.error('sonner no longer injects its styles this way: look again, or drop this plugin');
      return { code: stripped, map: null };
    },
  };
}

/** A small font or picture written into the page as a `data:` address is one that `font-src 'self'` refuses. */
function keepAssetsAsFiles(): PluginOption {
  return { name: 'tapedeck:keep-assets-as-files', config: () => ({ build: { assetsInlineLimit: 0 } }) };
}

/** What every build of the renderer needs: the desktop app, the web host and the browser tests build the same bundle. */
export function rendererPlugins(): PluginOption[] {
  return [react(), stripInjectedStyles(), keepAssetsAsFiles()];
}
