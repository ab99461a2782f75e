import { foldedName } from "../http/folded-name.ts";
import { RFC_TOKEN } from "../http/grammar.ts";
import { isReservedField } from "../http/hop-by-hop.ts";
import { nullable, object } from "../schema/composites.ts";
import { optional, required } from "../schema/schema.ts";
import { text } from "../schema/scalars.ts";

/** Why a header can't be set: completes "can't be set: ...". */
export const RESERVED_REASON = "HTTP itself uses this header";

const identityName = nullable(
  text(
    "the name of a header, such as X-Auth-User",
    (name) => RFC_TOKEN.test(name) && !isReservedField(name),
    (name) => (typeof name === "string" && isReservedField(name) ? RESERVED_REASON : null),
  ),
);

const identityNames = object({
  user: optional(identityName, "X-Auth-User", "The header with the user's name; null sends none."),
  token_id: optional(
    identityName,
    "X-Auth-Token-Id",
    "The header with the id of the token; null sends none.",
  ),
  scopes: optional(
    identityName,
    "X-Auth-Scopes",
    "The header with the scopes of the token, separated by spaces; null sends none.",
  ),
});

/** Two identity headers with one name would be one header. */
const userHeaders: typeof identityNames = {
  ...identityNames,
  read(value, path, context) {
    const names = identityNames.read(value, path, context);
    const firsts = new Map<string, string>();
    for (const [setting, name] of Object.entries(names ?? {})) {
      if (!name) continue;
      const first = firsts.get(foldedName(name));
      if (first === undefined) firsts.set(foldedName(name), setting);
      else context.report({ path: [...path, setting], text: `must differ from ${first}` });
    }
    return names;
  },
};

/** The headers that say whose request it is, to an upstream or to a proxy that asks. */
export const userHeadersSetting = required(userHeaders, "The headers with the user of a request.");
