import type { Chart } from 'highcharts/highstock';

/** Parts of Highcharts' chart that are not in its types; a browser test holds that they still do what they did. */
interface ChartInternals {
  isDirtyBox: boolean;
  /** Set by every series that gets new data; makes the accessibility module write its descriptions again. */
  a11yDirty: boolean;
  /** Measures its hidden elements after every redraw. */
  accessibility: unknown;
  getMargins: (skipAxes?: boolean) => void;
  layOutTitles: (redraw?: boolean) => void;
}

/** A redraw of changed series and of nothing else: new data marks the whole box dirty, and every redraw measures all labels. */
export function redrawPointsOnly(chart: Chart): void {
  const internals = chart as unknown as ChartInternals;
  const { getMargins, layOutTitles, accessibility } = internals;
  internals.isDirtyBox = false;
  internals.a11yDirty = false;
  internals.accessibility = undefined;
  internals.getMargins = () => undefined;
  internals.layOutTitles = () => undefined;
  try {
    chart.redraw(false);
  } finally {
    internals.getMargins = getMargins;
    internals.layOutTitles = layOutTitles;
    internals.accessibility = accessibility;
  }
}
