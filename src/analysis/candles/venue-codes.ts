import { TapedeckError } from '../../market/index.ts';

export const MAX_VENUES = 2_048;

/** Small numbers for exchange names; all prints of one builder share them. */
export class VenueCodes {
  readonly #codes = new Map<string, number>();
  #lastVenue = '';
  #lastCode = -1;

  codeOf(venue: string): number {
    if (venue === this.#lastVenue && this.#lastCode >= 0) return this.#lastCode;
    let code = this.#codes.get(venue);
    if (code === undefined) {
      if (this.#codes.size === MAX_VENUES) throw new TapedeckError('bad-input', `more than ${MAX_VENUES} exchanges`);
      code = this.#codes.size;
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
