import { connect, createServer, type Socket } from 'node:net';

/** Where in a conversation it breaks off. */
export type CutPoint = (chunk: Buffer, from: 'client' | 'server') => 'go-on' | 'cut-before' | 'cut-after';

export interface TcpProxy {
  readonly port: number;
  /**
   * Breaks the next connection on which `at` says so, both ways; what came before has arrived. Resolves when it happened,
   * false when it did not within `patienceMs`.
   */
  cut(at: CutPoint, patienceMs: number): Promise<boolean>;
  /** Breaks every open connection now; answers how many. */
  cutAll(): number;
  close(): Promise<void>;
}

interface Cut {
  readonly at: CutPoint;
  readonly done: () => void;
}

/** Passes everything on to a port of loopback until told to break a connection. */
export async function openTcpProxy(options: { readonly to: number; readonly port?: number }): Promise<TcpProxy> {
  const pairs = new Set<() => void>();
  let cut: Cut | null = null;

  const join = (client: Socket): void => {
    const server = connect(options.to, '127.0.0.1');
    const breakBoth = (): void => {
      pairs.delete(breakBoth);
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    pairs.add(breakBoth);
    const passOn = (from: Socket, to: Socket, side: 'client' | 'server'): void => {
      from.on('data', (chunk: Buffer) => {
        const verdict = cut?.at(chunk, side) ?? 'go-on';
        if (verdict !== 'cut-before' && !to.write(chunk)) from.pause();
        if (verdict === 'go-on') return;
        const { done } = cut ?? {};
        cut = null;
        // What was written is still to arrive.
        if (verdict === 'cut-after') to.end(() => breakBoth());
        else breakBoth();
        done?.();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', breakBoth);
      from.on('close', () => pairs.delete(breakBoth));
    };
    passOn(client, server, 'client');
    passOn(server, client, 'server');
  };

  const listener = createServer(join);
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const cutAll = (): number => {
    const count = pairs.size;
    for (const breakBoth of pairs) breakBoth();
    return count;
  };
  return {
    port: address.port,
    cut: (at, patienceMs) =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          cut = null;
          resolve(false);
        }, patienceMs);
        cut = {
          at,
          done: () => {
            clearTimeout(late);
            resolve(true);
          },
        };
      }),
    cutAll,
    close: async () => {
      cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
