import { join } from 'node:path';
import { ensureBuilt, projectRoot } from './ensure-built.ts';
import { runChild } from './run-child.ts';

await ensureBuilt();
runChild(process.execPath, [join(projectRoot, 'out/main/cli.mjs'), ...process.argv.slice(2)]);
