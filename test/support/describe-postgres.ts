import { afterAll, beforeAll, describe } from "bun:test";
import type { Certified } from "./certificates.ts";
import { needing } from "./needing.ts";
import { postgres, POSTGRES_PROGRAMS, START_TIMEOUT, type Postgres } from "./postgres.ts";

/**
 * A group of tests with a PostgreSQL server of its own, which starts before the first of them and ends after the last.
 * Skipped by its title where PostgreSQL is not installed.
 */
export function describePostgres(
  title: string,
  tests: (server: () => Postgres) => void,
  tls?: Certified,
): void {
  const isInstalled = POSTGRES_PROGRAMS !== null;
  if (!isInstalled) needing({ postgresql: isInstalled })(title, () => {});
  describe.if(isInstalled)(title, () => {
    let server: Postgres;
    beforeAll(async () => void (server = await postgres(tls)), START_TIMEOUT);
    afterAll(() => server[Symbol.asyncDispose]());
    tests(() => server);
  });
}
