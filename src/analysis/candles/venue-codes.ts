export const MAX_VENUES = 2_048;
/** Of all exchanges for which no number is left. */
const SHARED_CODE = MAX_VENUES - 1;

/**
 * Small numbers for exchange names; all prints of one builder share them. No market has as many: what goes beyond them is made
 * up, and shares the last number for good, so that there the id of a print has to say its exchange too.
 */
export class VenueCodes {
  readonly #codes = new Map<string, number>();
  #lastVenue = '';
  #lastCode = -1;

  codeOf(venue: string): number {
    if (venue === this.#lastVenue && this.#lastCode >= 0) return this.#lastCode;
    let code = this.#codes.get(venue);
    if (code === undefined) {
      code = this.#codes.size;
      if (code >= SHARED_CODE) return SHARED_CODE;
      this.#codes.set(venue, code);
    }
    this.#lastVenue = venue;
    this.#lastCode = code;
    return code;
  }

  names(): readonly string[] {
    return [...this.#codes.keys()];
  }
}

/** What tells a print apart from all others with the same code. */
export function idWithin(code: number, venue: string, id: string): string {
  return code === SHARED_CODE ? `${venue}\n${id}` : id;
}
