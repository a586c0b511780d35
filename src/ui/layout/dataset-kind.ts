export interface DatasetKind {
  readonly kind: 'live' | 'mock' | 'replay';
  /** `MOCK`, `REPLAY sp500`, `LIVE`. */
  readonly label: string;
}

/** What a reader must know before any price: whether it is real. An unknown name counts as a replay, never as live. */
export function datasetKind(dataset: string): DatasetKind {
  if (dataset === 'live') return { kind: 'live', label: 'LIVE' };
  if (dataset === 'mock') return { kind: 'mock', label: 'MOCK' };
  return { kind: 'replay', label: `REPLAY ${dataset.replace(/^replay-/, '')}` };
}
