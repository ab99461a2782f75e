import { Timeline, type Moment } from "./timeline.ts";

/** A request that was let through. */
export type Pass = Moment<null>;

/** Lets requests to upstreams through a few at a time. */
export interface Turnstile {
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
export function turnstile(max: number, age: number): Turnstile {
  const young = new Timeline<null>();
  const waiting: ((pass: Pass) => void)[] = [];
  let timer: Timer | null = null;
  const admit = () => young.add(null, performance.now());
  const next = () => {
    while (young.size < max) {
      const go = waiting.shift();
      if (go === undefined) return;
      go(admit());
    }
  };
  const tick = () => {
    const before = performance.now() - age;
    for (let { first } = young; first !== null && first.time <= before; { first } = young)
      young.remove(first);
    next();
    if (waiting.length > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    enter() {
      if (young.size >= max) tick();
      if (young.size < max && waiting.length === 0) return admit();
      timer ??= setInterval(tick, age / 4);
      return new Promise((go) => waiting.push(go));
    },
    leave(pass) {
      if (young.remove(pass)) next();
    },
  };
}
