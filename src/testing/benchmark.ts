export interface BenchmarkResult {
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, in words; null where the goal is absolute. */
  readonly baseline: string | null;
  readonly baselineValue: number | null;
  /** How many times better than the baseline: above 1 is faster. */
  readonly ratio: number | null;
  /** Symbols, intervals, rows, fsync, repeats: what a reader needs to judge the figure. */
  readonly conditions: string;
}

/** One entry of DESIGN 6. `run` measures baseline and subject in turn, several times, and answers medians. */
export interface Benchmark {
  readonly name: string;
  /** As in DESIGN 6: `>= 6x`. */
  readonly goal: string;
  isMet(result: BenchmarkResult): boolean;
  /** A reason to skip it on this machine, or null. */
  skipReason(): string | null;
  run(): Promise<BenchmarkResult>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median seconds of `subject` and `baseline`, run in turn so that a drifting machine touches both alike. */
export async function compareSeconds(
  runs: number,
  subject: () => void | Promise<void>,
  baseline: () => void | Promise<void>,
): Promise<{ readonly subject: number; readonly baseline: number }> {
  const subjectSeconds: number[] = [];
  const baselineSeconds: number[] = [];
  for (let run = -1; run < runs; run++) {
    const baselineTook = await seconds(baseline);
    const subjectTook = await seconds(subject);
    if (run < 0) continue;
    baselineSeconds.push(baselineTook);
    subjectSeconds.push(subjectTook);
  }
  return { subject: median(subjectSeconds), baseline: median(baselineSeconds) };
}

async function seconds(work: () => void | Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}
