import { formatInstant } from "../../text/instant.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { createToken, type NewToken } from "./new-token.ts";
import { givenHandle, notRevoked, onlyOperand, tokenOf } from "./token-operand.ts";
import { TOKEN_EXITS, withAdmin } from "./with-admin.ts";
import { givenDuration } from "./token-fields.ts";
import type { TokenServices } from "./token-services.ts";
import { isOver } from "./stored-state.ts";

/**
 * Replaces a token by a new one with the same user, name, scopes, networks and lifetime. The old one works until the overlap
 * ends, or its own end if that is earlier. The new token goes to standard output alone.
 */
export function tokenRotate(services: TokenServices): Command {
  return command(
    {
      name: "token rotate",
      about: "Replaces a token: prints a new one, and ends the old one after the overlap.",
      operands: "HANDLE",
      options: {
        overlap: {
          type: "string",
          value: "DURATION",
          default: "24h",
          about: "How long the old token still works; default 24h, 0s ends it now.",
        },
        ...CONFIG_OPTION,
      },
      exits: TOKEN_EXITS,
    },
    async ({ values: { overlap, config }, positionals }, output) => {
      const handle = givenHandle(onlyOperand("token rotate", "HANDLE", positionals));
      const overlapping = givenDuration("--overlap", overlap);
      const now = services.now();
      const author = services.author();
      return await withAdmin(services, { config }, output, async (admin) => {
        const rotated = (await admin.events(handle)).findLast(({ action }) => action === "rotated");
        // Its end is that of the overlap now, so a second successor would live no longer than that.
        if (rotated)
          throw new UsageError(`${handle} was already ${rotated.detail.split(",", 1)[0]}; rotate that one`);
        const { token, stored, end } = await admin.transaction(async (writes) => {
          const old = usable(await tokenOf(writes, handle), now);
          const created = await createToken(writes, successor(old, now), author, now);
          const end = Math.min(old.expires ?? Infinity, now + overlapping);
          await writes.update(handle, { expires: end });
          const detail = `replaced by ${created.stored.handle}, ends ${formatInstant(end)}`;
          await writes.log({ time: now, handle, action: "rotated", detail, ...author });
          return { ...created, end };
        });
        const life = stored.expires === null ? "never expires" : `expires ${formatInstant(stored.expires)}`;
        const ends = end <= now ? "no longer works" : `works until ${formatInstant(end)}`;
        output.err(`Created token ${stored.handle} for ${stored.user}; it ${life}. It replaces ${handle}, `);
        output.err(`which ${ends}. The new one is shown only once:\n\n`);
        output.out(`${token}\n`);
        return 0;
      });
    },
  );
}

/** Throws a UsageError for a token that is refused: the new one would be accepted where the old one is not. */
function usable(token: StoredToken, now: number): StoredToken {
  notRevoked(token);
  const { handle } = token;
  if (isOver(token, now))
    throw new UsageError(`${handle} has expired; give it another end with token edit, or create a new one`);
  if (token.disabled) throw new UsageError(`${handle} is disabled; enable it first`);
  return token;
}

function successor({ handle, user, name, scopes, from, ...old }: StoredToken, now: number): NewToken {
  // A token that is not valid yet is replaced by one that is not either.
  const notBefore = old.notBefore !== null && old.notBefore > now ? old.notBefore : null;
  const lifetime = (old.expires ?? Infinity) - Math.max(old.created, old.notBefore ?? 0);
  const expires = old.expires === null ? null : (notBefore ?? now) + lifetime;
  return { user, name, scopes, from, notBefore, expires, rotatedFrom: handle };
}
