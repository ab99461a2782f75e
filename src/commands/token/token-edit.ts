import { formatInstant } from "../../text/instant.ts";
import { quote } from "../../text/quote.ts";
import type { StoredToken, TokenChanges } from "../../tokens/stored-token.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { givenHandle, notRevoked, onlyOperand, tokenOf } from "./token-operand.ts";
import { TOKEN_EXITS, withAdmin } from "./with-admin.ts";
import { checkTimes, FIELD_OPTIONS, givenFields } from "./token-fields.ts";
import type { TokenServices } from "./token-services.ts";

/** Changes fields of a token. What is not given stays the same; a list replaces the old one. Refuses a revoked token. */
export function tokenEdit(services: TokenServices): Command {
  return command(
    {
      name: "token edit",
      about: "Changes a token. What isn't given stays the same; a list replaces the old one.",
      operands: "HANDLE",
      options: {
        ...FIELD_OPTIONS,
        "no-name": { type: "boolean", about: "Removes its name." },
        "no-scope": { type: "boolean", about: "Removes all its scopes." },
        "no-from": { type: "boolean", about: "Accepts it from anywhere." },
        ...CONFIG_OPTION,
      },
      exits: TOKEN_EXITS,
    },
    async ({ values, positionals }, output) => {
      const handle = givenHandle(onlyOperand("token edit", "HANDLE", positionals));
      const now = services.now();
      const changes = {
        ...givenFields(values, now),
        ...cleared("name", values["no-name"], values.name, { name: null }),
        ...cleared("scope", values["no-scope"], values.scope, { scopes: [] }),
        ...cleared("from", values["no-from"], values.from, { from: [] }),
      };
      if (Object.keys(changes).length === 0)
        throw new UsageError("token edit needs something to change, such as --expires 90d; see --help");
      return await withAdmin(services, { config: values.config }, output, async (admin) => {
        const detail = await admin.transaction(async (writes) => {
          const token = notRevoked(await tokenOf(writes, handle));
          if ("notBefore" in changes || "expires" in changes) checkTimes({ ...token, ...changes });
          const changed = describeChanges(token, changes);
          if (changed === "") return "";
          await writes.update(handle, changes);
          await writes.log({ time: now, handle, action: "edited", detail: changed, ...services.author() });
          return changed;
        });
        output.err(detail === "" ? `Unchanged: ${handle}\n` : `Changed: ${handle}: ${detail}\n`);
        return 0;
      });
    },
  );
}

/** The change of an option that clears a field. Throws a UsageError if the field is set too. */
function cleared(
  option: string,
  clears: boolean | undefined,
  given: unknown,
  change: TokenChanges,
): TokenChanges {
  if (!clears) return {};
  if (given === undefined) return change;
  throw new UsageError(`--${option} and --no-${option} can't be combined; remove one of them`);
}

/** The fields that differ, as in `expires never -> 2027-01-31T12:00:00Z`; empty if none does. */
function describeChanges(token: StoredToken, changes: TokenChanges): string {
  const time = (value: number | null) => (value === null ? "never" : formatInstant(value));
  const list = (value: readonly string[]) => value.join(" ") || "none";
  const wordsOf = ({ user, name, scopes, from, notBefore, expires }: TokenChanges) => ({
    ...(user !== undefined && { user }),
    ...(name !== undefined && { name: name === null ? "none" : quote(name, Infinity) }),
    ...(scopes !== undefined && { scopes: list(scopes) }),
    ...(from !== undefined && { from: list(from) }),
    ...(notBefore !== undefined && { "not before": time(notBefore) }),
    ...(expires !== undefined && { expires: time(expires) }),
  });
  const before: Record<string, string> = wordsOf(token);
  return Object.entries(wordsOf(changes))
    .filter(([field, after]) => before[field] !== after)
    .map(([field, after]) => `${field} ${before[field]} -> ${after}`)
    .join(", ");
}
