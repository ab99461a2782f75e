import { formatInstant } from "../../text/instant.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { createToken } from "./new-token.ts";
import { withAdmin } from "./with-admin.ts";
import { checkTimes, givenFields, NEW_TOKEN_OPTIONS } from "./token-fields.ts";
import type { TokenServices } from "./token-services.ts";

/**
 * Mints a token. It goes to standard output alone, once its record is on disk, so that a script can use it; the rest goes
 * to standard error. The store keeps only the digest.
 */
export function tokenCreate(services: TokenServices): Command {
  return command(
    {
      name: "token create",
      about: "Mints a token and prints it, once; the store keeps only its SHA-256.",
      options: { ...NEW_TOKEN_OPTIONS, ...CONFIG_OPTION },
      exits: "0 created; 1 the store can't be used; 2 bad config.json or arguments",
    },
    async ({ values }, output) => {
      const now = services.now();
      const { user, ...fields } = givenFields(values, now);
      if (user === undefined) throw new UsageError("token create needs --user NAME: whose token it is");
      checkTimes(fields);
      return await withAdmin(services, { config: values.config, create: true }, output, async (admin) => {
        const { token, stored } = await admin.transaction(
          async (writes) => await createToken(writes, { user, ...fields }, services.author(), now),
        );
        const { handle, expires } = stored;
        const end = expires === null ? "never expires" : `expires ${formatInstant(expires)}`;
        output.err(`Created token ${handle} for ${user}; it ${end}. It is shown only once:\n\n`);
        output.out(`${token}\n`);
        return 0;
      });
    },
  );
}
