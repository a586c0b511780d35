import { connect, createServer, type Socket } from 'node:net';

type Side = 'client' | 'server';

/** Where in a conversation it breaks off: before what is said there arrives, or after. */
export type CutRule = (chunk: Buffer, from: Side) => 'go-on' | 'cut-before' | 'cut-after';

/** Connections that are kept waiting. */
export interface Hold {
  readonly count: number;
  /** Lets them go on, and holds no others. */
  release(): void;
}

export interface TcpProxy {
  readonly port: number;
  /** Breaks the next connection on which the rule says so, both ways. False when it did not within `patienceMs`. */
  cut(rule: CutRule, patienceMs: number): Promise<boolean>;
  /** Breaks every open connection now; answers how many. */
  cutAll(): number;
  /** Holds back what clients say, on every connection from where `isHeld` says so. */
  hold(isHeld: (chunk: Buffer) => boolean): Hold;
  close(): Promise<void>;
}

/** Passes everything on to a port of loopback until told otherwise. */
export async function openTcpProxy(options: { readonly to: number; readonly port?: number }): Promise<TcpProxy> {
  const pairs = new Set<() => void>();
  let cut: { readonly rule: CutRule; readonly done: () => void } | null = null;
  let hold: { readonly isHeld: (chunk: Buffer) => boolean; readonly releases: (() => void)[] } | null = null;

  const join = (client: Socket): void => {
    const server = connect(options.to, '127.0.0.1');
    const breakBoth = (): void => {
      pairs.delete(breakBoth);
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    pairs.add(breakBoth);
    const passOn = (from: Socket, to: Socket, side: Side): void => {
      let isHeld = false;
      const write = (chunk: Buffer): void => {
        if (!to.write(chunk)) from.pause();
      };
      from.on('data', (chunk: Buffer) => {
        if (side === 'client' && hold?.isHeld(chunk) === true) {
          isHeld = true;
          from.pause();
          hold.releases.push(() => {
            isHeld = false;
            from.resume();
            write(chunk);
          });
          return;
        }
        const verdict = cut?.rule(chunk, side) ?? 'go-on';
        if (verdict !== 'cut-before') write(chunk);
        if (verdict === 'go-on') return;
        const { done } = cut ?? {};
        cut = null;
        // What was written is still to arrive.
        if (verdict === 'cut-after') to.end(breakBoth);
        else breakBoth();
        done?.();
      });
      to.on('drain', () => {
        if (!isHeld) from.resume();
      });
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
    cut: (rule, patienceMs) =>
      new Promise((resolve) => {
        const end = (isCut: boolean) => (): void => {
          clearTimeout(late);
          cut = null;
          resolve(isCut);
        };
        const late = setTimeout(end(false), patienceMs);
        cut = { rule, done: end(true) };
      }),
    cutAll,
    hold: (isHeld) => {
      const releases: (() => void)[] = [];
      hold = { isHeld, releases };
      return {
        get count() {
          return releases.length;
        },
        release: () => {
          hold = null;
          for (const goOn of releases.splice(0)) goOn();
        },
      };
    },
    close: async () => {
      cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
