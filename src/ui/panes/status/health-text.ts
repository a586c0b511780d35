import { LATENCY_STAGES } from '../../../contract/index.ts';
import type { HostHealth, LatencyStage, PipelineHealth, RoleHealth } from '../../../contract/index.ts';
import { MISSING } from '../../format/numbers.ts';
import { formatAge } from '../../format/times.ts';

/** Both ends of a stage. */
export function stageEnds(stage: LatencyStage): readonly [string, string] {
  const [from = '', to = ''] = stage.split('_to_');
  return [from, to];
}

/** Three digits at most, so that a column of them keeps its width. */
export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 9_995) return `${String(Math.round(value))} ms`;
  if (value < 999_500) return `${String(Math.round(value / 1000))}  s`;
  return `${String(Math.round(value / 60_000))}  m`;
}

export type StageRow = Pick<PipelineHealth['stages'][number], 'stage' | 'skewMs' | 'history'> & {
  readonly p50: number | null;
  readonly p99: number | null;
  /** Why there are no figures. */
  readonly reason: string;
};

/** Why stages have no figures. */
export const BASIS_TEXT: Readonly<Record<PipelineHealth['basis'], string>> = {
  exchange: 'No trade took this way in the last minute',
  receipt: 'The market has a clock of its own: its times are not compared with ours',
  none: 'What is replayed was received another day: its way cannot be timed',
};

/** Every stage, measured or not, so that no row comes or goes. */
export function stageRows({ stages, basis }: Pick<PipelineHealth, 'stages' | 'basis'>): readonly StageRow[] {
  return LATENCY_STAGES.map((stage) => {
    const found = stages.find((one) => one.stage === stage);
    if (found !== undefined) return { ...found, reason: '' };
    const needsExchange = stage.startsWith('exchange');
    const reason =
      needsExchange || (basis === 'none' && stage.startsWith('ingest')) ? BASIS_TEXT[basis] : BASIS_TEXT.exchange;
    return { stage, p50: null, p99: null, skewMs: 0, history: [], reason };
  });
}

/** The points of a polyline in a box, pieces apart where nothing was measured; the highest value touches the top. */
export function historyLines(history: readonly (number | null)[], width: number, height: number): readonly string[] {
  const highest = Math.max(1e-9, ...history.map((value) => value ?? 0));
  const lines: string[][] = [[]];
  history.forEach((value, index) => {
    if (value === null) {
      lines.push([]);
      return;
    }
    const x = history.length < 2 ? width : (index / (history.length - 1)) * width;
    lines.at(-1)?.push(`${x.toFixed(1)},${(height - (value / highest) * height).toFixed(1)}`);
  });
  return lines.filter((line) => line.length > 1).map((line) => line.join(' '));
}

/** Records behind, over all partitions; null when not known. */
export function totalLag({ partitions }: Pick<RoleHealth, 'partitions'>): number | null {
  const known = partitions.flatMap(({ lag }) => lag ?? []);
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}

const LAG_LEVELS = [
  { above: 10_000, level: 'high' },
  { above: 1_000, level: 'some' },
] as const;

/** How much a partition's lag is worth looking at. */
export function lagLevel(lag: number | null): 'unknown' | 'none' | 'some' | 'high' {
  if (lag === null) return 'unknown';
  return LAG_LEVELS.find(({ above }) => lag > above)?.level ?? 'none';
}

export function roleWord(role: RoleHealth, presence: HostHealth['presence']): string {
  if (presence === 'lost') return 'gone?';
  if (role.isStandby) return 'standby';
  return role.state;
}

export function presenceText({ isSelf, presence, ageMs }: Pick<HostHealth, 'isSelf' | 'presence' | 'ageMs'>): string {
  if (isSelf) return 'this host';
  return presence === 'live' ? 'live' : `silent ${formatAge(ageMs)}`;
}

/** What a host's clock is off by, where a trade's way would show it; empty when it is right. */
export function clockText(offsetMs: number | null): string {
  if (offsetMs === null || Math.abs(offsetMs) < 50) return '';
  return `clock ${offsetMs > 0 ? '+' : '−'}${formatMs(Math.abs(offsetMs))}`;
}
