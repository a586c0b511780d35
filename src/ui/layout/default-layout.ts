import type { IJsonModel, IJsonTabNode } from 'flexlayout-react';

const GLOBAL: IJsonModel['global'] = {
  tabEnablePopout: true,
  tabEnableFloat: true,
  tabEnableRename: false,
  tabEnableScrollbars: false,
  tabSetEnableMaximize: true,
  tabSetEnableDeleteWhenEmpty: true,
  tabSetMinWidth: 180,
  tabSetMinHeight: 90,
  tabEnableRenderOnDemand: true,
};

/** Narrower windows stack what wider ones put side by side. */
const NARROW_WIDTH = 1180;

const tab = (code: string, name: string, id?: string): IJsonTabNode => ({
  type: 'tab',
  component: code,
  name,
  ...(id === undefined ? {} : { id }),
});

/** What a first start shows: the watchlist, the chart, and alerts and status beside or below. */
export function defaultLayout(widthPx: number): IJsonModel {
  const watchlist = { type: 'tabset' as const, weight: 39, children: [tab('W', 'Watchlist')] };
  const chart = { type: 'tabset' as const, weight: 70, active: true, children: [tab('GP', 'Chart')] };
  const alerts = { type: 'tabset' as const, weight: 55, children: [tab('ALRT', 'Alerts'), tab('DES', 'Description')] };
  const status = { type: 'tabset' as const, weight: 45, children: [tab('HLTH', 'Health')] };
  if (widthPx < NARROW_WIDTH) {
    const below = {
      type: 'tabset' as const,
      weight: 30,
      children: [...alerts.children, ...status.children],
    };
    return {
      global: GLOBAL,
      layout: {
        type: 'row',
        children: [
          { ...watchlist, weight: 42 },
          { type: 'row', weight: 58, children: [chart, below] },
        ],
      },
    };
  }
  return {
    global: GLOBAL,
    layout: {
      type: 'row',
      children: [watchlist, { ...chart, weight: 42 }, { type: 'row', weight: 19, children: [alerts, status] }],
    },
  };
}
