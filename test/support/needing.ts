import { test } from "bun:test";

/**
 * `test` where everything it needs is there, by name; skipped elsewhere. The run says what for, because
 * `--only-failures` shows no skipped test (Bun 1.4.5). `as` may be `test.concurrent`, for tests that wait.
 */
export function needing(needs: Readonly<Record<string, unknown>>, as: Pick<typeof test, "skipIf"> = test) {
  const missing = Object.keys(needs).filter((name) => !needs[name]);
  return (title: string, run: () => void | Promise<void>, timeout?: number) => {
    if (missing.length > 0) console.log(`skipped without ${missing.join(" and ")}: ${title}`);
    as.skipIf(missing.length > 0)(title, run, timeout);
  };
}
