import type { JsonText } from "../json/parse-json.ts";
import { LIMITS } from "../limits.ts";
import type { Report } from "../schema/problem.ts";
import { isObject } from "../schema/schema.ts";
import { tokenWeakness } from "../tokens/weak-token.ts";

/**
 * Reports tokens in plain text in a config file, which could be digests. Returns how many more there are than it reports. A
 * weak token is left out: it can be found from its digest, and has a warning of its own.
 */
export function plainTokens({ valueAt }: JsonText, report: Report): number {
  const entries = valueAt(TOKENS);
  if (!Array.isArray(entries)) return 0;
  let plain = 0;
  entries.forEach((entry: unknown, index) => {
    const inObject = isObject(entry) && "token" in entry;
    const token = inObject ? entry.token : entry;
    if (typeof token !== "string" || tokenWeakness(token) !== null) return;
    plain += 1;
    if (plain <= LIMITS.configProblems)
      report({
        path: [...TOKENS, index, ...(inObject ? ["token"] : [])],
        text: inObject ? IN_OBJECT : ALONE,
      });
  });
  return Math.max(0, plain - LIMITS.configProblems);
}

const TOKENS = ["server", "http", "allowed_tokens"];
const PLAIN = "is in plain text, so a copy of this file lets its reader in; replace it with";
const ALONE = `${PLAIN} what token-server hash prints for it`;
const IN_OBJECT = `${PLAIN} the sha256 that token-server hash prints for it`;
