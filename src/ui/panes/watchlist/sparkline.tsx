import { useEffect, useRef } from 'react';
import { useTerminal } from '../../data/terminal-context.tsx';
import { type SparklineStore, sparklinePath } from './sparkline-store.ts';

const HEIGHT = 16;
/** The line follows the last price, but nobody sees it move more often than this. */
const REDRAW_INTERVAL_MS = 1_000;

/** The last hour as a line on a canvas: a chart per row would cost more than all prices together. */
export function Sparkline({
  symbol,
  width,
  store,
}: {
  readonly symbol: string;
  readonly width: number;
  readonly store: SparklineStore;
}) {
  const { ticks } = useTerminal();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const slot = ticks.slotOf(symbol);
    const style = getComputedStyle(element);
    // Asked once: every question about a computed style costs a pass over the styles.
    const colours = { up: style.getPropertyValue('--up'), down: style.getPropertyValue('--down') };
    let drawnMs = 0;
    const redraw = () => {
      drawnMs = performance.now();
      draw(element, store.of(symbol), ticks.value(slot, 'last'), width, colours);
    };
    redraw();
    const stopStore = store.subscribe(redraw);
    const stopTicks = ticks.subscribe(slot, () => {
      if (performance.now() - drawnMs >= REDRAW_INTERVAL_MS) redraw();
    });
    return () => {
      stopStore();
      stopTicks();
    };
  }, [symbol, width, store, ticks]);
  return <canvas ref={canvas} aria-hidden style={{ width, height: HEIGHT }} />;
}

function draw(
  canvas: HTMLCanvasElement,
  closes: readonly number[],
  last: number,
  width: number,
  colours: { readonly up: string; readonly down: string },
): void {
  const ratio = canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
  const pixelWidth = Math.round(width * ratio);
  const pixelHeight = Math.round(HEIGHT * ratio);
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, pixelWidth, pixelHeight);
  const points = Number.isNaN(last) || closes.length === 0 ? closes : [...closes, last];
  const path = sparklinePath(points, pixelWidth - 2 * ratio, pixelHeight - 4 * ratio);
  if (path.length === 0) return;
  const isUp = (points.at(-1) ?? 0) >= (points[0] ?? 0);
  context.beginPath();
  for (let at = 0; at < path.length; at += 2) context.lineTo((path[at] ?? 0) + ratio, (path[at + 1] ?? 0) + 2 * ratio);
  context.lineWidth = ratio;
  context.strokeStyle = isUp ? colours.up : colours.down;
  context.stroke();
}
