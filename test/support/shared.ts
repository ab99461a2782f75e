import { afterAll, beforeAll } from "bun:test";

interface Stopping {
  stop(): unknown;
}

/** What all tests of a file use together. It stops after the last of them. */
export function shared<One extends Stopping>(one: One): One {
  afterAll(async () => void (await one.stop()));
  return one;
}

/**
 * Starts what all tests of a file use together before the first of them, and stops it after the last. It has its members
 * from then on only. Where `bun test -t` runs no test of the file, nothing is started.
 */
export function startShared<One extends Stopping>(start: () => Promise<One>): One {
  let started: One | null = null;
  beforeAll(async () => void (started = await start()), START_TIMEOUT);
  afterAll(async () => void (await started?.stop()));
  return new Proxy({} as One, {
    get(_, name) {
      if (started === null) throw new Error(`${String(name)} of what has not started yet`);
      return Reflect.get(started, name);
    },
  });
}

/** How long a start may take on a busy machine, where it may have to build the executable too. */
const START_TIMEOUT = 30_000;
