import { parseDuration } from "../../text/duration.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import { nameProblem } from "../../tokens/user.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command, type Output } from "../command.ts";
import { tableLines } from "./table.ts";
import { withAdmin } from "./token-command.ts";
import { givenDuration } from "./token-fields.ts";
import { tokenJson } from "./token-json.ts";
import type { TokenServices } from "./token-services.ts";
import { expiresWithin, isUnusedFor } from "./stored-state.ts";
import { sortTokens, tokenRows } from "./token-table.ts";

/** Lists the tokens of the store: a table for people, or JSON. Revoked and expired ones are shown too, at the end. */
export function tokenList(services: TokenServices): Command {
  return command(
    {
      name: "token list",
      about: "Lists the tokens of the store, those that expire soon or are not used first.",
      options: {
        unused: {
          type: "string",
          value: "DURATION",
          about: "Only good ones that were not used for so long.",
        },
        expiring: { type: "string", value: "DURATION", about: "Only good ones that expire within it." },
        user: { type: "string", value: "NAME", about: "Only those of this user." },
        json: { type: "boolean", about: "As JSON: a list of objects, a line each." },
        ...CONFIG_OPTION,
      },
      exits: "0 listed; 1 the store refused; 2 bad config.json or arguments",
    },
    async ({ values: { unused, expiring, user, json = false, config } }, output) => {
      const unusedFor = unused === undefined ? null : givenDuration("--unused", unused);
      const expiresIn = expiring === undefined ? null : givenDuration("--expiring", expiring);
      const wrongUser = user === undefined ? null : nameProblem(user);
      if (wrongUser !== null) throw new UsageError(`--user can't be a user: it ${wrongUser}`);
      const now = services.now();
      const attention = { now, unused: unusedFor ?? LONG_UNUSED, expiring: expiresIn ?? SOON };
      const isWanted = (token: StoredToken) =>
        (user === undefined || token.user === user) &&
        (unusedFor === null || isUnusedFor(token, unusedFor, now)) &&
        (expiresIn === null || expiresWithin(token, expiresIn, now));
      const show = (all: readonly StoredToken[]) => {
        const tokens = sortTokens(all.filter(isWanted), attention);
        if (json) showJson(tokens, output);
        else if (all.length === 0) output.err("There are no tokens yet; token create makes one.\n");
        else if (tokens.length === 0) output.err("No token is like that.\n");
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

/** Writes many lines at a time: a million writes take seconds. */
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
