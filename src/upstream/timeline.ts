/** A place on a timeline. */
export class Moment<K> {
  before: Moment<K> | null = null;
  after: Moment<K> | null = null;
  /** Whether it has not been removed. */
  isOn = true;

  constructor(
    readonly key: K,
    /** Milliseconds of `performance.now()`. */
    readonly time: number,
  ) {}
}

/**
 * Keys in the order of their times, which is the order in which they are added. Adding and removing needs no search and no
 * hash: three Maps would take 1.5 microseconds more for each request (Bun 1.4.5).
 */
export class Timeline<K> {
  /** The earliest moment. */
  first: Moment<K> | null = null;
  size = 0;
  #last: Moment<K> | null = null;

  add(key: K, time: number): Moment<K> {
    const moment = new Moment(key, time);
    moment.before = this.#last;
    if (this.#last === null) this.first = moment;
    else this.#last.after = moment;
    this.#last = moment;
    this.size += 1;
    return moment;
  }

  /** Returns whether it was still there. */
  remove(moment: Moment<K>): boolean {
    if (!moment.isOn) return false;
    const { before, after } = moment;
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    // What still holds it must not hold its neighbours.
    moment.before = null;
    moment.after = null;
    moment.isOn = false;
    this.size -= 1;
    return true;
  }
}
