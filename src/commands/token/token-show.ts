import { formatInstant } from "../../text/instant.ts";
import type { StoredToken, TokenEvent } from "../../tokens/stored-token.ts";
import { command, CONFIG_OPTION, type Command } from "../command.ts";
import { shownText } from "./table.ts";
import { tokenFinder, onlyOperand } from "./token-operand.ts";
import { TOKEN_EXITS, withAdmin } from "./with-admin.ts";
import { tokenJson } from "./token-json.ts";
import type { TokenServices } from "./token-services.ts";
import { stateOf } from "./stored-state.ts";
import { distance } from "./token-table.ts";

/** Shows everything that the store keeps of a token except its digest, and its events. */
export function tokenShow(services: TokenServices): Command {
  return command(
    {
      name: "token show",
      about: "Shows a token and its events; with - it reads the token itself from standard input.",
      operands: "HANDLE|-",
      options: { json: { type: "boolean", about: "Prints JSON." }, ...CONFIG_OPTION },
      exits: TOKEN_EXITS.replace("done", "shown"),
    },
    async ({ values: { json = false, config }, positionals }, output) => {
      const find = await tokenFinder(
        services,
        onlyOperand("token show", "HANDLE, or -", positionals),
        output,
      );
      return await withAdmin(services, { config }, output, async (admin) => {
        const token = await find(admin);
        const events = await admin.events(token.handle);
        output.out(json ? shownJson(token, events) : shown(token, events, services.now()));
        return 0;
      });
    },
  );
}

function shown(token: StoredToken, events: readonly TokenEvent[], now: number): string {
  const time = (value: number | null) =>
    value === null ? "never" : `${formatInstant(value)} (${distance(value, now)})`;
  const { lastUsedFrom } = token;
  const rows: (readonly [string, string | null])[] = [
    ["Handle", token.handle],
    ["User", token.user],
    ["Name", token.name],
    ["State", stateOf(token, now).replace("_", " ")],
    ["Scopes", token.scopes.join(" ") || "none"],
    ["From", token.from.join(" ") || "anywhere"],
    ["Created", time(token.created)],
    ["Not before", token.notBefore === null ? null : time(token.notBefore)],
    ["Expires", time(token.expires)],
    ["Revoked", token.revoked === null ? null : time(token.revoked)],
    ["Replaces", token.rotatedFrom],
    ["Last used", time(token.lastUsed) + (lastUsedFrom === null ? "" : ` from ${lastUsedFrom}`)],
  ];
  const lines = rows.flatMap(([label, value]) =>
    value === null ? [] : [`${`${label}:`.padEnd(12)}${shownText(value)}\n`],
  );
  const past = events.map(({ time, action, detail, by, host }) =>
    shownText(`  ${formatInstant(time)}  ${action} by ${by} on ${host}${detail === "" ? "" : `: ${detail}`}`),
  );
  return `${lines.join("")}\nEvents:\n${past.join("\n")}\n`;
}

function shownJson(token: StoredToken, events: readonly TokenEvent[]): string {
  const past = events.map(({ time, action, detail, by, host }) => ({
    ...{ time: formatInstant(time), action, detail, by, host },
  }));
  return `${JSON.stringify({ ...tokenJson(token), events: past }, null, 2)}\n`;
}
