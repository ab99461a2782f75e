import { shownText } from "./table.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { tokenFinder, onlyOperand, tokenOf } from "./token-operand.ts";
import { TOKEN_EXITS, withAdmin } from "./with-admin.ts";
import type { TokenServices } from "./token-services.ts";

/** Revokes a token for good. On a terminal it asks first, unless the token itself was given. */
export function tokenRevoke(services: TokenServices): Command {
  return command(
    {
      name: "token revoke",
      about: "Revokes a token for good; with - it reads the token itself from standard input.",
      operands: "HANDLE|-",
      options: {
        yes: { type: "boolean", short: "y", about: "Skips the confirmation on a terminal." },
        ...CONFIG_OPTION,
      },
      exits: TOKEN_EXITS.replace("the store can't be used", "the store can't be used, or the answer was no"),
    },
    async ({ values: { config, yes = false }, positionals }, output) => {
      const operand = onlyOperand("token revoke", "HANDLE, or -", positionals);
      const find = await tokenFinder(services, operand, output);
      // A pasted token needs no confirmation.
      const asks = services.terminals.input && operand !== "-" && !yes;
      return await withAdmin(services, { config }, output, async (admin) => {
        const token = await find(admin);
        const { handle } = token;
        if (token.revoked === null && asks && !confirmed(token)) {
          output.err(`Not revoked: ${handle}\n`);
          return 1;
        }
        const wasRevoked = await admin.transaction(async (writes) => {
          if ((await tokenOf(writes, handle)).revoked !== null) return true;
          const time = services.now();
          await writes.update(handle, { revoked: time });
          await writes.log({ time, handle, action: "revoked", detail: "", ...services.author() });
          return false;
        });
        output.err(`${wasRevoked ? "Already revoked" : "Revoked"}: ${handle} of ${shownText(token.user)}\n`);
        return 0;
      });

      function confirmed({ handle, user, name }: StoredToken): boolean {
        const label = name === null ? "" : ` (${shownText(name)})`;
        output.err(`Revoke ${handle} of ${shownText(user)}${label}, for good? [y/N] `);
        return /^y(?:es)?$/i.test(services.readAnswer()?.trim() ?? "");
      }
    },
  );
}
