/** Runs asynchronous steps one after the other, in the order asked for; a failed step does not stop the next. */
export class Lane {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(step, step);
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
