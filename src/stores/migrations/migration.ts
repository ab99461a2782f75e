import { StoreError } from "../../tokens/store-error.ts";

/** One step of the tables of a store. A step that was released never changes: a new one follows it. */
export interface Migration {
  /** 1 for the first; the version of a store is the number of the last step that was done. */
  readonly number: number;
  /** The statements. */
  readonly sql: string;
}

/**
 * The steps that a store of this version lacks. A store never goes backward: throws a StoreError for one that a newer
 * token-server has changed, because this one does not know what its tables mean.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  version: number,
  shown: string,
): readonly Migration[] {
  const latest = migrations.at(-1)?.number ?? 0;
  if (version > latest) {
    throw new StoreError(
      `${shown}: its tables have version ${version}, but this token-server only knows ${latest}; use a newer one`,
    );
  }
  return migrations.filter(({ number }) => number > version);
}
