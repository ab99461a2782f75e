/** Lets requests to upstreams through a few at a time. */
export interface Turnstile {
  /** Resolves, or returns at once, when the request may be sent. */
  enter(request: object): Promise<void> | null;
  /** The request has an answer, or never will. */
  leave(request: object): void;
}

/**
 * Lets through at most `max` requests that are younger than `age` milliseconds; the others wait in line.
 *
 * Bun 1.4.5 keeps 64 idle connections to upstreams in all. Where more requests end at the same time the rest of their
 * connections is closed, and with a fast upstream half of all requests open a new one, until no local port is left. A
 * request that takes longer than `age` counts no more, because answers of slow upstreams come one by one: a plain limit
 * would let 64 long requests stop all others. The line is bounded by the limit of requests to upstreams.
 */
export function turnstile(max: number, age: number): Turnstile {
  const young = new Map<object, number>();
  const waiting: { readonly request: object; readonly go: () => void }[] = [];
  let timer: Timer | null = null;
  const admit = (request: object) => void young.set(request, performance.now());
  const next = () => {
    while (young.size < max) {
      const first = waiting.shift();
      if (first === undefined) return;
      admit(first.request);
      first.go();
    }
  };
  const tick = () => {
    const before = performance.now() - age;
    for (const [request, start] of young) {
      if (start > before) break;
      young.delete(request);
    }
    next();
    if (waiting.length > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    enter(request) {
      if (young.size >= max) tick();
      if (young.size < max && waiting.length === 0) {
        admit(request);
        return null;
      }
      timer ??= setInterval(tick, age / 4);
      return new Promise((go) => waiting.push({ request, go }));
    },
    leave(request) {
      if (young.delete(request)) next();
    },
  };
}
