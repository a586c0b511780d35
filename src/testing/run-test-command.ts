import { Writable } from 'node:stream';
import { runCommand } from '../hosts/run-command.ts';

export interface Ran {
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

export interface TestCommandSurroundings {
  readonly workingDir: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop?: AbortController;
}

/** Runs one command line in this process, with nothing of the environment that the tests run in. */
export async function runTestCommand(args: readonly string[], surroundings: TestCommandSurroundings): Promise<Ran> {
  let out = '';
  let err = '';
  const standardOutput = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      out += chunk.toString('utf8');
      done();
    },
  });
  const code = await runCommand(args, {
    environment: surroundings.environment ?? {},
    workingDir: surroundings.workingDir,
    standardOutput,
    writeError: (line) => (err += line),
    stop: (surroundings.stop ?? new AbortController()).signal,
  });
  return { code, out, err };
}
