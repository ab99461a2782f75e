import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { givenHandle, notRevoked, onlyOperand, tokenOf } from "./token-operand.ts";
import { TOKEN_EXITS, withAdmin } from "./with-admin.ts";
import type { TokenServices } from "./token-services.ts";

/** Refuses a token until it is enabled again. */
export function tokenDisable(services: TokenServices): Command {
  return tokenSwitch(services, {
    name: "token disable",
    about: "Refuses a token until it is enabled again.",
    action: "disabled",
    done: "Disabled",
  });
}

/** Accepts a disabled token again; never a revoked one. */
export function tokenEnable(services: TokenServices): Command {
  return tokenSwitch(services, {
    name: "token enable",
    about: "Accepts a disabled token again.",
    action: "enabled",
    done: "Enabled",
  });
}

interface Switch {
  readonly name: string;
  readonly about: string;
  readonly action: "disabled" | "enabled";
  readonly done: string;
}

function tokenSwitch(services: TokenServices, { name, about, action, done }: Switch): Command {
  const disabled = action === "disabled";
  return command(
    { name, about, operands: "HANDLE", options: CONFIG_OPTION, exits: TOKEN_EXITS },
    async ({ values: { config }, positionals }, output) => {
      const handle = givenHandle(onlyOperand(name, "HANDLE", positionals));
      return await withAdmin(services, { config }, output, async (admin) => {
        const changed = await admin.transaction(async (writes) => {
          if (notRevoked(await tokenOf(writes, handle)).disabled === disabled) return false;
          await writes.update(handle, { disabled });
          await writes.log({ time: services.now(), handle, action, detail: "", ...services.author() });
          return true;
        });
        output.err(`${changed ? done : `Already ${action}`}: ${handle}\n`);
        return 0;
      });
    },
  );
}
