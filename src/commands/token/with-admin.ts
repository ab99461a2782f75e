import { ConfigError } from "../../config/config-error.ts";
import { StoreError } from "../../tokens/store-error.ts";
import type { TokenAdmin } from "../../tokens/token-admin.ts";
import type { Output } from "../command.ts";
import type { TokenServices } from "./token-services.ts";

/** The exit codes of commands for one token. */
export const TOKEN_EXITS =
  "0 done; 1 the store can't be used; 2 bad config.json or arguments; 3 no such token";

/** No token has this handle or digest. */
export class NoSuchToken extends Error {}

/**
 * Opens the store of a config, runs `work` with it and closes it. Resolves to the exit code. If the store does not exist
 * yet, `missing` is called instead of `work`.
 */
export async function withAdmin(
  { openAdmin }: TokenServices,
  { config, create = false }: { readonly config: string; readonly create?: boolean },
  output: Output,
  work: (admin: TokenAdmin) => Promise<number>,
  missing: () => number = () => {
    throw new NoSuchToken("the store has no tokens yet; create one with token-server token create");
  },
): Promise<number> {
  let admin: TokenAdmin | null = null;
  try {
    admin = await openAdmin(config, { create });
    return admin === null ? missing() : await work(admin);
  } catch (fault) {
    const code = exitCode(fault);
    if (code === null) throw fault;
    output.err(`${(fault as Error).message}\n`);
    return code;
  } finally {
    await admin?.close();
  }
}

function exitCode(fault: unknown): number | null {
  if (fault instanceof StoreError) return 1;
  if (fault instanceof ConfigError) return 2;
  return fault instanceof NoSuchToken ? 3 : null;
}
