import type { PostgresUrl } from "../../src/stores/store-url.ts";
import { postgresAdmin } from "../../src/stores/postgres-admin.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";

/** The admin of a store that was to be created, so that null is a fault. */
export function created(admin: TokenAdmin | null): TokenAdmin {
  if (admin === null) throw new Error("not created");
  return admin;
}

/** Works with the admin of a PostgreSQL store, which is created if it is not there, and closes it. */
export async function administer<T>(url: PostgresUrl, work: (admin: TokenAdmin) => Promise<T>): Promise<T> {
  const admin = created(await postgresAdmin({ url, create: true }));
  return await work(admin).finally(() => admin.close());
}
