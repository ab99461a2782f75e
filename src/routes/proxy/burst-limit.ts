import { Timeline, type Moment } from "./timeline.ts";

/** A request that was let through. */
export type Pass = Moment<null>;

/** Limits how many new requests are at upstreams. */
export interface BurstLimit {
  /** Resolves, or returns at once, when a request may be sent. */
  enter(): Promise<Pass> | Pass;
  /** The request has an answer, or never will. */
  leave(pass: Pass): void;
}

/**
 * Lets through at most `max` requests that are younger than `age` milliseconds; the others wait in line.
 *
 * Bun 1.4.5 keeps 64 idle connections to upstreams in all. If more requests end at the same time, it closes the other
 * connections, and with a fast upstream half of all requests open a new one until no local port is left. A request older
 * than `age` no longer counts: a plain limit would let 64 long requests block all others, and the answers of slow
 * upstreams don't all end at the same time. The limit of requests to upstreams bounds the line.
 */
export function burstLimit(max: number, age: number): BurstLimit {
  const recent = new Timeline<null>();
  const waiting: ((pass: Pass) => void)[] = [];
  let timer: Timer | null = null;
  const admit = () => recent.add(null, performance.now());
  const next = () => {
    while (recent.size < max) {
      const go = waiting.shift();
      if (go === undefined) return;
      go(admit());
    }
  };
  const tick = () => {
    const before = performance.now() - age;
    for (let { first } = recent; first !== null && first.time <= before; { first } = recent)
      recent.remove(first);
    next();
    if (waiting.length > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    enter() {
      if (recent.size >= max) tick();
      if (recent.size < max && waiting.length === 0) return admit();
      timer ??= setInterval(tick, age / 4);
      return new Promise((go) => waiting.push(go));
    },
    leave(pass) {
      if (recent.remove(pass)) next();
    },
  };
}
