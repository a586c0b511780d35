import type { Options, SeriesOptionsType, YAxisOptions } from 'highcharts/highstock';
import type { StripBox } from './chart-geometry.ts';
import type { ChartIndicators, IndicatorLine } from './indicator-series.ts';

/** Colours out of the theme's custom properties, read when a chart is made. */
export interface ChartColours {
  readonly up: string;
  readonly down: string;
  readonly volumeUp: string;
  readonly volumeDown: string;
  readonly grid: string;
  readonly axis: string;
  readonly line: string;
  readonly font: string;
  readonly of: (property: string) => string;
}

export function readColours(element: Element): ChartColours {
  const style = getComputedStyle(element);
  const of = (property: string) => style.getPropertyValue(property).trim();
  return {
    up: of('--chart-up'),
    down: of('--chart-down'),
    volumeUp: of('--chart-volume-up'),
    volumeDown: of('--chart-volume-down'),
    grid: of('--chart-grid'),
    axis: of('--chart-axis'),
    line: of('--line'),
    font: of('--font'),
    of,
  };
}

/** An indicator's own axis has the indicator's key. */
export const AXIS = { price: 'price', volume: 'volume' } as const;

export const BOTTOM_MARGIN = 21;
export const TOP_MARGIN = 4;

interface OptionsInput {
  readonly colours: ChartColours;
  readonly strips: ReadonlyMap<string, StripBox>;
  readonly indicators: ChartIndicators;
  readonly rightMargin: number;
  readonly timeLabel: (place: number) => string;
  readonly valueLabel: (axisId: string, value: number) => string;
}

/**
 * A screen reader hears which series there are. Their points are not read out: a minute's candles are hundreds, and the pane says
 * the values of the chosen one in its legend. Keys belong to the pane.
 */
const ACCESSIBILITY: Options['accessibility'] = {
  enabled: true,
  landmarkVerbosity: 'disabled',
  keyboardNavigation: { enabled: false },
  series: { pointDescriptionEnabledThreshold: 1 },
  screenReaderSection: { beforeChartFormat: '', afterChartFormat: '' },
};

/**
 * Everything that Highcharts would do on its own and this chart does itself is off: grouping, navigator, tooltip, legend,
 * animation, tick finding. Each of them costs more per update than the drawing.
 */
export function chartOptions(input: OptionsInput): Options {
  const { colours, indicators, rightMargin } = input;
  return {
    palette: { injectCSS: false },
    accessibility: ACCESSIBILITY,
    chart: {
      animation: false,
      // Every array handed over is fresh, so Highcharts need not copy it.
      allowMutatingData: true,
      backgroundColor: 'transparent',
      margin: [TOP_MARGIN, rightMargin, BOTTOM_MARGIN, 0],
      spacing: [0, 0, 0, 0],
      reflow: false,
      style: { fontFamily: colours.font },
      zooming: { mouseWheel: { enabled: false } },
    },
    credits: { enabled: false },
    legend: { enabled: false },
    title: { text: '' },
    tooltip: { enabled: false },
    xAxis: {
      id: 'time',
      crosshair: false,
      gridLineColor: colours.grid,
      gridLineWidth: 1,
      lineColor: colours.line,
      tickColor: colours.line,
      tickLength: 4,
      tickPositions: [],
      startOnTick: false,
      endOnTick: false,
      minPadding: 0,
      maxPadding: 0,
      ordinal: false,
      labels: {
        align: 'center',
        distance: 6,
        rotation: 0,
        overflow: 'allow',
        autoRotation: [],
        style: { color: colours.axis, fontSize: '10px', whiteSpace: 'nowrap', textOverflow: 'none' },
        formatter() {
          return input.timeLabel(Number(this.value));
        },
      },
    },
    yAxis: valueAxes(input),
    plotOptions: {
      series: {
        animation: false,
        enableMouseTracking: false,
        dataGrouping: { enabled: false },
        states: { hover: { enabled: false }, inactive: { enabled: false } },
        marker: { enabled: false },
        turboThreshold: 1,
        showInNavigator: false,
        label: { enabled: false },
        clip: true,
      },
      column: {
        borderWidth: 0,
        borderRadius: 0,
        grouping: false,
        pointRange: 1,
        pointPadding: 0.1,
        groupPadding: 0,
        crisp: true,
      },
      candlestick: {
        color: colours.down,
        upColor: colours.up,
        lineColor: colours.down,
        upLineColor: colours.up,
        pointRange: 1,
        pointPadding: 0.14,
        groupPadding: 0,
        grouping: false,
      },
    },
    series: [
      {
        id: 'volume-up',
        name: 'Volume of rising candles',
        type: 'column',
        yAxis: AXIS.volume,
        color: colours.volumeUp,
        data: [],
      },
      {
        id: 'volume-down',
        name: 'Volume of falling candles',
        type: 'column',
        yAxis: AXIS.volume,
        color: colours.volumeDown,
        data: [],
      },
      { id: 'volume-live', name: 'Volume of the forming candle', type: 'column', yAxis: AXIS.volume, data: [] },
      { id: 'candles', name: 'Candles', type: 'candlestick', yAxis: AXIS.price, data: [] },
      { id: 'candles-live', name: 'Forming candle', type: 'candlestick', yAxis: AXIS.price, data: [] },
      ...indicators.lines.flatMap((line) => lineSeries(line, colours)),
    ],
  };
}

function lineSeries(line: IndicatorLine, colours: ChartColours): SeriesOptionsType[] {
  const yAxis = line.strip;
  const color = colours.of(line.colour);
  if (line.kind === 'histogram') {
    const look = { type: 'column', yAxis, color: colours.volumeUp, negativeColor: colours.volumeDown } as const;
    return [
      { ...look, id: line.key, name: line.key, data: [] },
      { ...look, id: `${line.key}-live`, accessibility: { enabled: false }, data: [] },
    ];
  }
  const look = {
    type: 'line',
    yAxis,
    color,
    lineWidth: 1.2,
    dashStyle: line.isDashed ? 'ShortDash' : 'Solid',
    connectNulls: false,
    clip: true,
  } as const;
  return [
    { ...look, id: line.key, name: line.key, data: [] },
    { ...look, id: `${line.key}-live`, accessibility: { enabled: false }, data: [] },
  ];
}

const NOWHERE: StripBox = { top: 0, height: 0 };

function valueAxes(input: OptionsInput): YAxisOptions[] {
  const { colours, strips, indicators, valueLabel } = input;
  const axis = (
    id: string,
    hasLabels: boolean,
    { top, height }: StripBox = strips.get(id) ?? NOWHERE,
  ): YAxisOptions => ({
    id,
    top: `${top * 100}%`,
    height: `${height * 100}%`,
    opposite: true,
    offset: 0,
    title: { text: '' },
    min: 0,
    max: 1,
    startOnTick: false,
    endOnTick: false,
    minPadding: 0,
    maxPadding: 0,
    tickPositions: [],
    gridLineColor: colours.grid,
    gridLineWidth: hasLabels ? 1 : 0,
    lineWidth: hasLabels ? 1 : 0,
    lineColor: colours.line,
    labels: {
      enabled: hasLabels,
      align: 'left',
      x: 6,
      y: 3,
      style: { color: colours.axis, fontSize: '10px', whiteSpace: 'nowrap' },
      formatter() {
        return valueLabel(id, Number(this.value));
      },
    },
  });
  const guide = (value: number) =>
    ({ value, color: colours.line, dashStyle: 'ShortDash', width: 1, zIndex: 1 }) as const;
  return [
    axis(AXIS.price, true),
    axis(AXIS.volume, false),
    ...indicators.strips.map(({ key, guides }) => ({ ...axis(key, true), plotLines: guides.map(guide) })),
  ];
}
