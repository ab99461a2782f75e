import { StoreError } from "../../tokens/store-error.ts";

/** A migration of the tables of a store. One that was released never changes; a new one follows it. */
export interface Migration {
  /** 1 for the first; the version of a store is the number of its last migration. */
  readonly number: number;
  readonly sql: string;
}

/**
 * The migrations that a store of this version lacks. Throws a StoreError for a store of a newer token-server, because this
 * one does not know what its tables mean.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  version: number,
  shown: string,
): readonly Migration[] {
  const latest = migrations.at(-1)?.number ?? 0;
  if (version > latest) {
    throw new StoreError(
      `${shown}: its tables have version ${version}, but this token-server knows only ${latest}; use a newer token-server`,
    );
  }
  return migrations.filter(({ number }) => number > version);
}
