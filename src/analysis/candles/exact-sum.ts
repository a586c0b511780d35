/**
 * Sums whose value does not depend on the order of their terms. A sum is two neighbouring array slots: a whole number and a
 * fraction counted in units of 2^-52, both exact integers, the fraction kept below one. Each term is rounded once, to
 * 2^-52; from there on nothing is. Exact while the whole part stays below 2^53.
 */
const UNITS = 2 ** 52;

export function addToSum(sums: Float64Array, at: number, term: number): void {
  const whole = Math.floor(term);
  let wholeSum = (sums[at] ?? 0) + whole;
  if (term !== whole) {
    const fraction = (sums[at + 1] ?? 0) + Math.round((term - whole) * UNITS);
    // Not a branch: half the time it would be mispredicted.
    const carry = Math.floor(fraction / UNITS);
    sums[at + 1] = fraction - carry * UNITS;
    wholeSum += carry;
  }
  sums[at] = wholeSum;
}

export function addSum(sums: Float64Array, at: number, other: Float64Array, otherAt: number): void {
  let whole = (sums[at] ?? 0) + (other[otherAt] ?? 0);
  let fraction = (sums[at + 1] ?? 0) + (other[otherAt + 1] ?? 0);
  if (fraction >= UNITS) {
    fraction -= UNITS;
    whole += 1;
  }
  sums[at] = whole;
  sums[at + 1] = fraction;
}

export function sumValue(sums: Float64Array, at: number): number {
  return (sums[at] ?? 0) + (sums[at + 1] ?? 0) / UNITS;
}

/** The value of both sums taken together. */
export function sumOf(sums: Float64Array, at: number, others: Float64Array, othersAt: number): number {
  const whole = (sums[at] ?? 0) + (others[othersAt] ?? 0);
  const fraction = (sums[at + 1] ?? 0) + (others[othersAt + 1] ?? 0);
  return fraction >= UNITS ? whole + 1 + (fraction - UNITS) / UNITS : whole + fraction / UNITS;
}
