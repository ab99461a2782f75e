import type { LoadedConfig } from "../config/load-config.ts";
import { LIMITS } from "../limits.ts";
import { configStore } from "../stores/config-store.ts";
import { openAdmin } from "../stores/open-store.ts";
import { StoreError } from "../tokens/store-error.ts";

/**
 * Warnings about the store of a config: it can't be used, or has tokens that are in `allowed_tokens` too, for which the
 * store decides. No line has a secret. Creates no store.
 */
export async function storeWarnings({ config, tokenPosition }: LoadedConfig): Promise<readonly string[]> {
  const { tokenStore, tokens } = config;
  if (tokenStore === null) return [];
  try {
    const admin = await openAdmin(tokenStore, { create: false });
    if (admin === null) return [];
    try {
      const lines: string[] = [];
      let index = 0;
      for (const { digest } of await configStore(tokens).open()) {
        const stored = await admin.findDigest(digest);
        if (stored !== null)
          lines.push(
            `${tokenPosition(index)}: server.http.allowed_tokens[${index}] is in ${tokenStore.shown} too, as ${stored.handle}; the record in the store decides`,
          );
        index += 1;
      }
      return shortened(lines);
    } finally {
      await admin.close();
    }
  } catch (fault) {
    if (!(fault instanceof StoreError)) throw fault;
    return [`${fault.message}; until then the server accepts only the tokens of allowed_tokens`];
  }
}

function shortened(lines: readonly string[]): readonly string[] {
  const more = lines.length - LIMITS.configProblems;
  if (more <= 0) return lines;
  return [
    ...lines.slice(0, LIMITS.configProblems),
    `${more} more tokens of allowed_tokens are in the store too`,
  ];
}
