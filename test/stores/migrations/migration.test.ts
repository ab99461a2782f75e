import { expect, test } from "bun:test";
import { pendingMigrations } from "../../../src/stores/migrations/migration.ts";
import { SQLITE_MIGRATIONS } from "../../../src/stores/migrations/sqlite-migrations.ts";
import { StoreError } from "../../../src/tokens/store-error.ts";

const THREE = [1, 2, 3].map((number) => ({ number, sql: "" }));

test.each([
  [0, [1, 2, 3]],
  [2, [3]],
  [3, []],
])("pendingMigrations() of version %p returns what comes after", (version, numbers) => {
  expect(pendingMigrations(THREE, version, "sqlite:x").map(({ number }) => number)).toEqual(numbers);
});

test("pendingMigrations() refuses to go backward", () => {
  expect(() => pendingMigrations(THREE, 4, "sqlite:x")).toThrow(
    new StoreError(
      "sqlite:x: its tables have version 4, but this token-server knows only 3; use a newer token-server",
    ),
  );
});

test("SQLITE_MIGRATIONS are numbered from 1 without a gap", () => {
  expect(SQLITE_MIGRATIONS.map(({ number }) => number)).toEqual(SQLITE_MIGRATIONS.map((_, at) => at + 1));
});
