import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { EngineCall, EngineError, EngineReply, EngineRequest } from './engine-messages.ts';
import type { SqlResult } from './sql-database.ts';
import { sqlState } from './sql-state.ts';
import { VALUE_PARSERS } from './value-parsers.ts';

/**
 * Bytes of WebAssembly a function executes before V8 optimises it. With V8's own figure half of the processor time of a start
 * goes into optimising what runs once; what stays hot passes this one in its first seconds.
 */
const OPTIMISE_AFTER_BYTES = 90_000_000;
/** Garbage of the start is left until the first screen has been drawn. */
const COLLECT_AFTER_MS = 10_000;
const NOTHING: SqlResult<object> = { rows: [], affectedRows: 0 };

let engine: PGlite | null = null;

async function perform(call: EngineCall): Promise<SqlResult<object>> {
  if (call.kind === 'open') {
    setFlagsFromString(`--wasm-tiering-budget=${OPTIMISE_AFTER_BYTES}`);
    setFlagsFromString('--wasm-lazy-validation');
    engine = await PGlite.create({
      dataDir: call.directory,
      startParams: [...PGlite.defaultStartParams, ...call.settings.flatMap((setting) => ['-c', setting])],
      parsers: { ...VALUE_PARSERS },
    });
    setTimeout(collectGarbage, COLLECT_AFTER_MS).unref();
    return NOTHING;
  }
  if (engine === null) throw new Error('The engine is not open');
  switch (call.kind) {
    case 'query': {
      const { rows, affectedRows } = await engine.query<object>(call.text, [...call.parameters]);
      return { rows, affectedRows: affectedRows ?? 0 };
    }
    case 'run':
      await engine.exec(call.script);
      break;
    case 'copyIn': {
      const blob = new Blob([call.rows]);
      await engine.query(`COPY ${call.target} FROM '/dev/blob' WITH (FORMAT binary)`, [], { blob });
      break;
    }
    case 'copyOut': {
      const { blob } = await engine.query(`COPY (${call.query}) TO '/dev/blob' WITH (FORMAT binary)`);
      return { rows: [{ bytes: new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)) }], affectedRows: 0 };
    }
    case 'close':
      await engine.close();
      engine = null;
  }
  return NOTHING;
}

async function answer({ id, call }: EngineRequest): Promise<EngineReply> {
  try {
    return { id, error: null, result: await perform(call) };
  } catch (error) {
    return { id, error: engineError(error) };
  }
}

function engineError(error: unknown): EngineError {
  return error instanceof Error
    ? { name: error.name, message: error.message, code: sqlState(error) }
    : { name: 'Error', message: String(error), code: null };
}

/** Opening leaves some 50 MB of garbage behind that V8 would keep for a long time. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

async function serve(port: MessagePort, request: EngineRequest): Promise<void> {
  port.postMessage(await answer(request));
  if (request.call.kind === 'close') port.close();
}

const port = parentPort;
if (port === null) throw new Error('This is the thread of the embedded database; EngineThread starts it');
let lastAnswer: Promise<void> = Promise.resolve();
port.on('message', (request: EngineRequest) => {
  lastAnswer = lastAnswer.then(() => serve(port, request));
});
