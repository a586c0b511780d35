/** `live`, `mock` or `replay-NAME`: invented prices never stand beside real ones. */
export type DatasetName = string;

const DATASET_PATTERN = /^(live|mock|replay-[a-z0-9][a-z0-9-]{0,40})$/;

export function isDatasetName(text: string): boolean {
  return DATASET_PATTERN.test(text);
}

const REPLAY_PREFIX = 'replay-';

export function isReplayDataset(dataset: DatasetName): boolean {
  return dataset.startsWith(REPLAY_PREFIX);
}

/** The dataset of a replayed file: `replay-` and the file's name without folder and endings, in lower case. */
export function replayDatasetName(file: string): DatasetName {
  const base = (file.split(/[\\/]/).pop() ?? '').replace(/(\.(ndjson|jsonl|json|csv|txt|gz))+$/i, '');
  const name = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${REPLAY_PREFIX}${name === '' ? 'file' : name}`;
}

/** The SQL schema of a dataset: `tapedeck` for live, `tapedeck_NAME` for the others. */
export function datasetSchema(dataset: DatasetName): string {
  return dataset === 'live' ? 'tapedeck' : `tapedeck_${dataset.replaceAll('-', '_')}`;
}

/** The dataset that `schema` belongs to; null for a schema of somebody else. */
export function datasetOfSchema(schema: string): DatasetName | null {
  const name = schema === 'tapedeck' ? 'live' : schema.replace(/^tapedeck_/, '').replaceAll('_', '-');
  return isDatasetName(name) && datasetSchema(name) === schema ? name : null;
}

/** The topic prefix of a dataset: the configured one for live, `PREFIX-NAME` for the others. */
export function datasetTopicPrefix(prefix: string, dataset: DatasetName): string {
  return dataset === 'live' ? prefix : `${prefix}-${dataset}`;
}
