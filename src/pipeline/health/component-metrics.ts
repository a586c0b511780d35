import type { ComponentBoard, ComponentName } from '../component-board.ts';
import type { Metrics } from '../pipeline.ts';

/** Keeps the metrics of feed, bus, store and roles as the board says; what does not run here has none. */
export function meterComponents(board: ComponentBoard, metrics: Metrics): void {
  const counted = new Map<ComponentName, number>();
  board.onChange(() => {
    for (const { name: component, state } of board.list()) {
      if (state === 'off') metrics.forget('component_up', { component });
      else metrics.gauge('component_up', { component }, state === 'ok' ? 1 : 0);
      const outages = board.outagesOf(component);
      const more = outages - (counted.get(component) ?? 0);
      counted.set(component, outages);
      if (more > 0) metrics.count('component_outages_total', { component }, more);
    }
  });
}
