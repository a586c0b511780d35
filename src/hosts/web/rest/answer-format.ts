export type AnswerFormat = 'json' | 'csv';

/** CSV only where it is asked for by name and JSON is not asked for as much; null where `Accept` rules out both. */
export function answerFormat(accept: string | undefined, hasCsv: boolean): AnswerFormat | null {
  if (accept === undefined || accept.trim() === '') return 'json';
  const weights = weightsIn(accept);
  const any = weights.get('*/*') ?? 0;
  const json = weights.get('application/json') ?? weights.get('application/*') ?? any;
  const csv = hasCsv ? (weights.get('text/csv') ?? 0) : 0;
  if (csv > 0 && csv > (weights.get('application/json') ?? 0)) return 'csv';
  if (json > 0) return 'json';
  return hasCsv && !weights.has('text/csv') && (weights.get('text/*') ?? 0) > 0 ? 'csv' : null;
}

function weightsIn(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.trim().toLowerCase().split(';');
    const quality = parameters
      .map((parameter) => /^\s*q=([\d.]+)/.exec(parameter)?.[1])
      .find((found) => found !== undefined);
    weights.set(type.trim(), quality === undefined ? 1 : Number(quality));
  }
  return weights;
}
