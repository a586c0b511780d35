import { Building2 } from 'lucide-react';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { quotedDecimals } from '../../../market/index.ts';
import { PaneState } from '../../components/controls.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { formatCompact, formatPercent, formatPrice, MISSING } from '../../format/numbers.ts';
import type { PaneDefinition } from '../../layout/pane.ts';
import styles from './description.module.css';

export const descriptionPane: PaneDefinition = {
  code: 'DES',
  name: 'Description',
  description: 'The company and its day',
  icon: Building2,
  takesSymbol: true,
  component: DescriptionPane,
};

const CALENDAR_NAMES = { 'us-equities': 'US equities session', 'always-open': 'Always open' } as const;

function DescriptionPane() {
  const terminal = useTerminal();
  const symbol = useTerminalState((state) => state.symbol);
  useEffect(() => {
    if (symbol === null) return undefined;
    terminal.instruments.want(symbol);
    return terminal.feed.watchSymbols([symbol]);
  }, [terminal, symbol]);
  if (symbol === null) return <PaneState title="Pick a symbol to see its description" />;
  return <Description symbol={symbol} />;
}

function Description({ symbol }: { readonly symbol: string }) {
  const { ticks } = useTerminal();
  const instrument = useTerminalState(({ instruments }) => instruments[symbol]);
  const slot = ticks.slotOf(symbol);
  useSyncExternalStore(
    useCallback((onChange) => ticks.subscribe(slot, onChange), [ticks, slot]),
    () => ticks.version(slot),
  );
  const decimals = quotedDecimals(ticks.value(slot, 'last'), instrument?.priceDecimals);
  const price = (column: Parameters<typeof ticks.value>[1]) => formatPrice(ticks.value(slot, column), decimals);
  const bid = ticks.value(slot, 'bid');
  const ask = ticks.value(slot, 'ask');
  const low = ticks.value(slot, 'low');
  const high = ticks.value(slot, 'high');
  const spreadPercent = ((ask - bid) / ((ask + bid) / 2)) * 100;
  const facts: readonly (readonly [string, string])[] = [
    ['Sector', instrument?.sector || MISSING],
    ['Industry', instrument?.industry || MISSING],
    ['Exchange', instrument?.exchange || MISSING],
    ['Session', instrument === undefined ? MISSING : CALENDAR_NAMES[instrument.calendar]],
    ['Open', price('open')],
    ['Previous close', price('previousClose')],
    ['Day range', `${formatPrice(low, decimals)} – ${formatPrice(high, decimals)}`],
    ['Bid × ask', `${price('bid')} × ${price('ask')}`],
    ['Sizes', `${formatCompact(ticks.value(slot, 'bidSize'))} × ${formatCompact(ticks.value(slot, 'askSize'))}`],
    ['Spread', `${formatPrice(ask - bid, decimals)} (${formatPercent(spreadPercent, 3).replace('+', '')})`],
    ['Volume', formatCompact(ticks.value(slot, 'volume'))],
    ['Last size', formatCompact(ticks.value(slot, 'lastSize'))],
  ];
  return (
    <div
      className={styles['description']}
      tabIndex={0}
      data-pane-focus
      role="region"
      aria-label={`Description of ${symbol}`}
    >
      <h2>
        {symbol} <span>{instrument?.name ?? 'reading the name…'}</span>
      </h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
