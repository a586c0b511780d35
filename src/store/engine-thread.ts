import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { TapedeckError } from '../market/index.ts';
import type { EngineCall, EngineError, EngineReply, EngineRequest } from './engine-messages.ts';
import { rootHolding } from '../runtime/nearest-above.ts';
import type { SqlResult } from './sql-database.ts';

/** The thread ended by itself, or was ended; what it had acknowledged is in the log of the database. */
export class EngineThreadEnded extends Error {}

interface Waiting {
  readonly resolve: (result: SqlResult<object>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * PGlite in a thread of its own, so that a statement does not hold up the caller's. Calls are performed in the order made.
 * The process may end while no call is waiting.
 */
export class EngineThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #end: EngineThreadEnded | null = null;
  #lastId = 0;

  /** Starts the thread and opens the data folder `directory`; `onEnd` hears when the thread ends, whoever ended it. */
  static async start(
    directory: string,
    settings: readonly string[],
    onEnd: (thread: EngineThread, error: EngineThreadEnded) => void,
  ): Promise<EngineThread> {
    const thread = new EngineThread(onEnd);
    try {
      await thread.call({ kind: 'open', directory, settings });
      return thread;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  private constructor(onEnd: (thread: EngineThread, error: EngineThreadEnded) => void) {
    this.#worker = startWorker();
    this.#worker.unref();
    this.#worker.on('message', (reply: EngineReply) => this.#settle(reply));
    this.#ended = new Promise((resolve) => {
      const end = (reason: string, cause?: unknown): void => {
        resolve();
        if (this.#end !== null) return;
        this.#end = new EngineThreadEnded(`the thread of the engine ended: ${reason}`, { cause });
        for (const { reject } of this.#waiting.values()) reject(this.#end);
        this.#waiting.clear();
        onEnd(this, this.#end);
      };
      this.#worker.once('error', (error) => end(String(error), error));
      this.#worker.once('exit', (code) => end(`exit code ${code}`));
    });
  }

  /** Rejects with what the engine threw (`name`, `message` and `code` as they were) or with `EngineThreadEnded`. */
  call(call: EngineCall): Promise<SqlResult<object>> {
    if (this.#end !== null) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const request: EngineRequest = { id: ++this.#lastId, call };
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request, call.kind === 'copyIn' ? [call.rows.buffer] : []);
    });
  }

  async close(): Promise<void> {
    try {
      await this.call({ kind: 'close' });
    } finally {
      await this.terminate();
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  #settle(reply: EngineReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.error === null) waiting?.resolve(reply.result);
    else waiting?.reject(errorOf(reply.error));
  }
}

function errorOf({ name, message, code }: EngineError): Error {
  return Object.assign(new Error(message), { name }, code === null ? {} : { code });
}

/** The engine keeps its rows in WebAssembly; V8's own figure would cost 50 MB more. */
const YOUNG_GENERATION_MB = 8;

/** Threads do not share the loader that runs this from source, so the thread registers its own. */
const RUN_FROM_SOURCE = `import('tsx/esm/api').then(({ register }) => {
  register();
  return import(require('node:worker_threads').workerData);
});`;

/** From the bundle that the build makes of the worker, or from its source where that lies beside this one. */
function startWorker(): Worker {
  const options: WorkerOptions = {
    name: 'embedded-database',
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  };
  const source = join(import.meta.dirname, 'pglite-worker.ts');
  if (existsSync(source)) {
    return new Worker(RUN_FROM_SOURCE, { ...options, eval: true, workerData: pathToFileURL(source).href });
  }
  const bundle = join('out', 'main', 'pglite-worker.mjs');
  const root = rootHolding(bundle);
  if (root === null) throw new TapedeckError('internal', `No ${bundle} above ${import.meta.dirname}`);
  return new Worker(join(root, bundle), options);
}
