import { CandlestickChart, ChevronsRight, ChartSpline, Link2, Link2Off } from 'lucide-react';
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { IndicatorDescription } from '../../../contract/index.ts';
import { INTERVALS, type Interval } from '../../../market/index.ts';
import { canBecomeInterval, parseInterval } from '../../commands/parse-command.ts';
import { Button, Menu, PaneState, Toolbar } from '../../components/controls.tsx';
import { useConnectionEpoch, useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import type { PaneDefinition, PaneProps } from '../../layout/pane.ts';
import { useShell } from '../../layout/workspace-context.tsx';
import { readChartConfig } from './chart-config.ts';
import type { ChartState } from './chart-candles.ts';
import { ChartController } from './chart-controller.ts';
import styles from './chart.module.css';
import { type ChartIndicators, chartIndicators } from './indicator-series.ts';
import { useIndicatorOffers } from './use-indicator-offers.ts';

export const chartPane: PaneDefinition = {
  code: 'GP',
  name: 'Chart',
  description: 'Candles, volume and indicators',
  icon: CandlestickChart,
  takesSymbol: true,
  component: ChartPane,
};

/** Digits count as one interval while they come this fast. */
const TYPING_MS = 900;

function ChartPane({ config: savedConfig, saveConfig, setTitle }: PaneProps) {
  const terminal = useTerminal();
  const shell = useShell();
  const config = useMemo(() => readChartConfig(savedConfig), [savedConfig]);
  const linkedSymbol = useTerminalState((state) => state.symbol);
  const lastInterval = useTerminalState(({ settings }) => settings?.chartInterval ?? null);
  const lastIndicators = useTerminalState(({ settings }) => settings?.chartIndicators ?? null);
  const isConnected = useTerminalState(({ connection }) => connection.phase === 'open');
  const dataset = useTerminalState(({ status }) => status?.dataset ?? '');
  const symbol = config.symbol ?? linkedSymbol;
  const interval = config.interval ?? lastInterval;
  // Equal lists are one list: a chart is made anew for another one.
  const indicatorKeys = (config.indicators ?? lastIndicators)?.join(' ') ?? null;
  const indicators = useMemo(() => indicatorKeys?.split(' ').filter(Boolean) ?? null, [indicatorKeys]);
  const { offered, chosen } = useIndicatorOffers(indicators);
  const drawn = useMemo(() => (chosen === null ? null : chartIndicators(chosen)), [chosen]);
  const [typed, setTyped] = useState('');
  const controller = useRef<ChartController | null>(null);
  const name = useTerminalState(({ instruments }) => (symbol === null ? '' : (instruments[symbol]?.name ?? '')));

  useEffect(
    () => setTitle(symbol === null || interval === null ? 'Chart' : `${symbol} ${interval}`),
    [symbol, interval, setTitle],
  );
  useEffect(() => {
    if (symbol !== null) terminal.instruments.want(symbol);
  }, [terminal, symbol]);

  const chooseInterval = (next: Interval) => {
    saveConfig({ ...config, interval: next });
    void terminal.updateSettings({ chartInterval: next });
  };
  const chooseIndicators = (next: readonly string[]) => {
    saveConfig({ ...config, indicators: next });
    void terminal.updateSettings({ chartIndicators: [...next] });
  };
  useEffect(() => {
    if (typed === '') return undefined;
    const timer = setTimeout(() => {
      const next = parseInterval(typed);
      if (next !== null) chooseInterval(next);
      setTyped('');
    }, TYPING_MS);
    return () => clearTimeout(timer);
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const chart = controller.current;
    const isTyping = typed !== '';
    if (
      /^[0-9]$/.test(event.key) ||
      (isTyping && /^[mhd]$/i.test(event.key)) ||
      (/^Digit[0-9]$/.test(event.code) && !event.shiftKey)
    ) {
      const character = event.code.startsWith('Digit') ? event.code.slice(5) : event.key;
      const next = typed + character;
      setTyped(canBecomeInterval(next) ? next : canBecomeInterval(character) ? character : '');
    } else if (event.key === 'Enter' && isTyping) {
      const next = parseInterval(typed);
      if (next !== null) chooseInterval(next);
      setTyped('');
    } else if (event.key === 'Escape' && isTyping) setTyped('');
    else if (event.key === 'ArrowLeft') chart?.panByShare(event.shiftKey ? -0.5 : -0.1);
    else if (event.key === 'ArrowRight') chart?.panByShare(event.shiftKey ? 0.5 : 0.1);
    else if (event.key === 'PageUp') chart?.panByShare(-0.9);
    else if (event.key === 'PageDown') chart?.panByShare(0.9);
    else if (event.key === 'End') chart?.showLatest();
    else if (event.key === '+' || event.key === '=' || event.key === 'ArrowUp') chart?.zoom(0.8);
    else if (event.key === '-' || event.key === 'ArrowDown') chart?.zoom(1.25);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <Toolbar label="Chart">
        <button
          type="button"
          className={styles['symbol']}
          title="Change the symbol"
          onClick={(event) => shell.openCommandBar('', event.currentTarget.ownerDocument)}
        >
          {symbol ?? 'No symbol'}
        </button>
        <span className={styles['name']}>{name}</span>
        <div role="radiogroup" aria-label="Interval" className={styles['intervals']}>
          {INTERVALS.map((choice) => (
            <button
              key={choice}
              type="button"
              role="radio"
              aria-checked={choice === interval}
              onClick={() => chooseInterval(choice)}
            >
              {choice}
            </button>
          ))}
        </div>
        <Menu
          label="Indicators"
          trigger={<ChartSpline size={13} aria-hidden />}
          entries={withChosen(offered, chosen).map(({ key, title }) => ({
            label: title,
            isChecked: indicators?.includes(key) ?? false,
            run: () => chooseIndicators(toggled(indicators ?? [], key)),
          }))}
        />
        <Button
          look="icon"
          aria-label="Go to the latest candle"
          title="Latest candle (End)"
          onClick={() => controller.current?.showLatest()}
        >
          <ChevronsRight size={14} aria-hidden />
        </Button>
        <Button
          look="icon"
          aria-pressed={config.symbol === null}
          aria-label={config.symbol === null ? 'Keep this symbol' : 'Follow the chosen symbol'}
          title={
            config.symbol === null
              ? 'Follows the chosen symbol. Click to keep this one'
              : 'Keeps its symbol. Click to follow'
          }
          onClick={() => saveConfig({ ...config, symbol: config.symbol === null ? symbol : null })}
        >
          {config.symbol === null ? <Link2 size={13} aria-hidden /> : <Link2Off size={13} aria-hidden />}
        </Button>
      </Toolbar>
      <div
        className={styles['chart']}
        tabIndex={0}
        data-pane-focus
        role="application"
        aria-label={symbol === null ? 'Chart' : `Chart of ${symbol}, ${interval ?? ''} candles`}
        onKeyDown={onKeyDown}
      >
        {symbol === null || interval === null || drawn === null ? (
          <PaneState title={waitingFor(isConnected, symbol)}>
            {isConnected && symbol === null && <p>Pick a row of the watchlist, or just type a ticker.</p>}
          </PaneState>
        ) : (
          <ChartPlot
            key={`${dataset} ${symbol} ${interval} ${drawn.descriptions.map(({ key }) => key).join()}`}
            symbol={symbol}
            interval={interval}
            indicators={drawn}
            onController={(next) => {
              controller.current = next;
            }}
          />
        )}
        {typed !== '' && (
          <div className={styles['typed']} role="status">
            Interval {typed}
          </div>
        )}
      </div>
    </>
  );
}

/** Whether the last price is too old to be taken for the present one. */
function useIsStale(symbol: string): boolean {
  const { ticks } = useTerminal();
  const slot = ticks.slotOf(symbol);
  return useSyncExternalStore(
    useCallback((onChange) => ticks.subscribe(slot, onChange), [ticks, slot]),
    () => ticks.isStale(slot),
  );
}

function waitingFor(isConnected: boolean, symbol: string | null): string {
  if (!isConnected) return 'Waiting for the host';
  return symbol === null ? 'No symbol chosen' : 'Asking for the indicators…';
}

function toggled(keys: readonly string[], key: string): string[] {
  return keys.includes(key) ? keys.filter((known) => known !== key) : [...keys, key];
}

/** A chart may have been saved with periods that are not offered any more: they must be there to be taken off. */
function withChosen(
  offered: readonly IndicatorDescription[],
  chosen: readonly IndicatorDescription[] | null,
): readonly IndicatorDescription[] {
  const others = (chosen ?? []).filter(({ key }) => offered.every((offer) => offer.key !== key));
  return [...offered, ...others];
}

function ChartPlot({
  symbol,
  interval,
  indicators,
  onController,
}: {
  readonly symbol: string;
  readonly interval: Interval;
  readonly indicators: ChartIndicators;
  readonly onController: (controller: ChartController | null) => void;
}) {
  const terminal = useTerminal();
  const epoch = useConnectionEpoch();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const decimals = useTerminalState(({ instruments }) => instruments[symbol]?.priceDecimals ?? 2);
  const isConnected = useTerminalState(({ connection }) => connection.phase === 'open');
  const isStale = useIsStale(symbol);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const controller = useRef<ChartController | null>(null);
  const [state, setState] = useState<ChartState>({ phase: 'loading' });
  const [isLoadingOlder, setLoadingOlder] = useState(false);

  useEffect(() => {
    if (frame.current === null || plot.current === null || overlay.current === null) return undefined;
    const chart = new ChartController({
      terminal,
      plot: plot.current,
      overlay: overlay.current,
      symbol,
      interval,
      indicators,
      decimals: () => terminal.state.getState().instruments[symbol]?.priceDecimals ?? 2,
      zone: () => {
        const { instruments, settings } = terminal.state.getState();
        const isUtcDay = instruments[symbol]?.calendar === 'always-open';
        return interval === '1d' ? (isUtcDay ? 'utc' : 'exchange') : (settings?.clockZone ?? 'exchange');
      },
      onState: setState,
      onLoadingOlder: setLoadingOlder,
    });
    controller.current = chart;
    onController(chart);
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        chart.view.resize(Math.floor(entry.contentRect.width), Math.floor(entry.contentRect.height));
    });
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      chart.dispose();
      controller.current = null;
      onController(null);
    };
    // A new controller comes with a new key; the callback only stores it.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [terminal, symbol, interval, indicators]);
  useEffect(() => {
    if (epoch !== null) void controller.current?.load();
  }, [epoch, terminal, symbol, interval, indicators]);
  useEffect(() => controller.current?.view.relabel(), [zone, decimals]);
  const wish = useTerminalState(({ chartTime }) => chartTime);
  useEffect(() => {
    if (wish?.symbol === symbol) controller.current?.showTime(wish.timeMs);
  }, [wish, symbol, interval, indicators]);

  return (
    <div ref={frame} className={styles['frame']}>
      <div ref={plot} className={styles['plot']} data-testid="chart-plot" />
      <div ref={overlay} className={styles['overlay']} data-phase={state.phase} data-stale={isStale || !isConnected} />
      {state.phase === 'ready' && (isStale || !isConnected) && (
        <div className={styles['stale']} role="status">
          {isConnected ? 'No news' : 'Offline'}
        </div>
      )}
      {isLoadingOlder && <div className={styles['older']}>Loading older candles…</div>}
      {state.phase !== 'ready' && (
        <div className={styles['cover']}>
          {state.phase === 'loading' && (
            <PaneState title={epoch === null ? 'Waiting for the host' : `Reading ${interval} candles of ${symbol}…`} />
          )}
          {state.phase === 'empty' && (
            <PaneState title={`No ${interval} candles of ${symbol} yet`}>
              <p>The first one appears with its first trade.</p>
            </PaneState>
          )}
          {state.phase === 'error' && (
            <PaneState title={`${symbol} could not be read`} isError>
              <p>{state.message}</p>
              <Button onClick={() => void controller.current?.load()}>Try again</Button>
            </PaneState>
          )}
        </div>
      )}
    </div>
  );
}
