/**
 * Loaded into a worker before anything else: every SIGUSR2 sets its wall clock off by the next of these, as a machine that
 * slept or was set by hand does. The monotonic clock goes on undisturbed.
 */
const OFFSETS_MS = [3_600_000, -7_200_000, 86_400_000, 0] as const;

const realNow = Date.now.bind(Date);
let jumps = 0;
process.on('SIGUSR2', () => {
  jumps += 1;
});

function offsetMs(): number {
  return jumps === 0 ? 0 : (OFFSETS_MS[(jumps - 1) % OFFSETS_MS.length] ?? 0);
}

globalThis.Date = class JumpingDate extends Date {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(JumpingDate.now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return realNow() + offsetMs();
  }
} as DateConstructor;
