import { parseDuration } from "../../text/duration.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import { command, CONFIG_OPTION, type Command, type Output } from "../command.ts";
import { tableLines } from "./table.ts";
import { withAdmin } from "./with-admin.ts";
import { givenDuration, givenUser } from "./token-fields.ts";
import { tokenJson } from "./token-json.ts";
import type { TokenServices } from "./token-services.ts";
import { expiresWithin, isUnusedFor } from "./stored-state.ts";
import { sortTokens, tokenRows } from "./token-table.ts";

/** Lists the tokens of the store: a table for people, or JSON. Revoked and expired ones are shown too, at the end. */
export function tokenList(services: TokenServices): Command {
  return command(
    {
      name: "token list",
      about: "Lists the tokens; those that expire soon or are unused come first.",
      options: {
        unused: {
          type: "string",
          value: "DURATION",
          about: "Only tokens unused for this long, without revoked and expired ones.",
        },
        expiring: {
          type: "string",
          value: "DURATION",
          about: "Only tokens that expire within this time, without revoked and expired ones.",
        },
        user: { type: "string", value: "NAME", about: "Only tokens of this user." },
        json: { type: "boolean", about: "Prints JSON: a list with one object per line." },
        ...CONFIG_OPTION,
      },
      exits: "0 listed; 1 the store can't be used; 2 bad config.json or arguments",
    },
    async ({ values: { unused, expiring, user, json = false, config } }, output) => {
      const unusedFor = unused === undefined ? null : givenDuration("--unused", unused);
      const expiresIn = expiring === undefined ? null : givenDuration("--expiring", expiring);
      if (user !== undefined) givenUser(user);
      const now = services.now();
      const attention = { now, unused: unusedFor ?? LONG_UNUSED, expiring: expiresIn ?? SOON };
      const isWanted = (token: StoredToken) =>
        (user === undefined || token.user === user) &&
        (unusedFor === null || isUnusedFor(token, unusedFor, now)) &&
        (expiresIn === null || expiresWithin(token, expiresIn, now));
      const show = (all: readonly StoredToken[]) => {
        const tokens = sortTokens(all.filter(isWanted), attention);
        if (json) showJson(tokens, output);
        else if (all.length === 0)
          output.err("There are no tokens yet; create one with token-server token create.\n");
        else if (tokens.length === 0) output.err("No token matches.\n");
        else {
          const { output: aligned } = services.terminals;
          const coloured = aligned && services.colours;
          print(tableLines(tokenRows(tokens, attention, aligned), { aligned, coloured }), output);
        }
        return 0;
      };
      const none = () => show([]);
      return await withAdmin(services, { config }, output, async (admin) => show(await admin.list()), none);
    },
  );
}

function showJson(tokens: readonly StoredToken[], output: Output): void {
  if (tokens.length === 0) return output.out("[]\n");
  const last = tokens.length - 1;
  const lines = Iterator.from(tokens.entries()).map(
    ([at, token]) => `  ${JSON.stringify(tokenJson(token))}${at < last ? "," : ""}\n`,
  );
  output.out("[\n");
  print(lines, output);
  output.out("]\n");
}

/** Writes many lines at a time, because a million writes take seconds. */
function print(lines: Iterable<string>, output: Output): void {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < BATCH) continue;
    output.out(text);
    text = "";
  }
  if (text !== "") output.out(text);
}

const BATCH = 64 * 1024;
const LONG_UNUSED = parseDuration("90d") ?? 0;
const SOON = parseDuration("14d") ?? 0;
