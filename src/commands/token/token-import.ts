import { LIMITS } from "../../limits.ts";
import { quoteFile } from "../../text/quote.ts";
import { randomHandle } from "../../tokens/minted-token.ts";
import type { TokenWrites } from "../../tokens/stored-token.ts";
import { digestToken } from "../../tokens/token.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command, type Output } from "../command.ts";
import { describeFields, newRecord, type NewToken } from "./create-token.ts";
import { onlyOperand, withAdmin } from "./token-command.ts";
import { checkTimes, FIELD_OPTIONS, givenFields } from "./token-fields.ts";
import { parseTokenLines, type LineProblem, type TokenLines } from "./token-lines.ts";
import type { TokenServices } from "./token-services.ts";

/**
 * Takes the tokens of a file into the store, all of them or none. A token of our form keeps its handle, another gets a
 * random one. One that is in the store already stays as it is, so a revoked one stays revoked. No message shows a token.
 */
export function tokenImport(services: TokenServices): Command {
  return command(
    {
      name: "token import",
      about: "Takes tokens from a file into the store, all or none: one a line, plain or sha256:HEX.",
      operands: "FILE|-",
      options: { ...FIELD_OPTIONS, ...CONFIG_OPTION },
      exits: "0 imported; 1 the store refused; 2 bad lines, config.json or arguments",
    },
    async ({ values, positionals }, output) => {
      const now = services.now();
      const file = onlyOperand("token import", "FILE, or - for standard input", positionals);
      const { user, ...fields } = givenFields(values, now);
      if (user === undefined) throw new UsageError("token import needs --user NAME: who the tokens are for");
      checkTimes(fields);

      const source = file === "-" ? "standard input" : quoteFile(file);
      const { tokens, weak, problems } = parseTokenLines(await contentOf(services, file, source));
      if (problems.length > 0) return refuse(problems);
      if (tokens.size === 0) throw new UsageError(`${source} holds no tokens`);
      if (tokens.lineOf(digestToken(user)) !== null)
        throw new UsageError("--user must not be one of the tokens: logs, metrics and whoami show it");
      for (const { line, text } of weak.slice(0, LIMITS.importWarnings))
        output.err(`warning: ${source}:${line}: ${text}\n`);
      const more = weak.length - LIMITS.importWarnings;
      if (more > 0) output.err(`warning: the same is true of ${more} more\n`);

      return await withAdmin(services, { config: values.config, create: true }, output, async (admin) => {
        const progress = progressOf(tokens.size, services, output);
        try {
          const known = await admin.transaction(
            async (writes) => await insertAll(writes, tokens, { user, ...fields }, services, now, progress),
          );
          const imported = tokens.size - known;
          const rest = known === 0 ? "" : `; already in the store, and unchanged: ${known}`;
          output.err(`Imported ${imported} of ${tokens.size} tokens for ${user}${rest}.\n`);
          return 0;
        } catch (fault) {
          if (!(fault instanceof TakenHandles)) throw fault;
          return refuse(fault.problems);
        }
      });

      function refuse(problems: readonly LineProblem[]): number {
        const count = problems.length === 1 ? "1 line" : `${problems.length} lines`;
        let text = "";
        for (const problem of problems) text += `${source}:${problem.line}: ${problem.text}\n`;
        output.err(`${text}${count} can't be imported, so nothing was.\n`);
        return 2;
      }
    },
  );
}

/** Minted tokens whose handles belong to other tokens in the store. */
class TakenHandles extends Error {
  constructor(readonly problems: readonly LineProblem[]) {
    super("handles are taken");
  }
}

async function contentOf({ readFile }: TokenServices, file: string, source: string): Promise<Uint8Array> {
  const content = await readFile(file, LIMITS.importSize);
  if (content !== null) return content;
  throw new UsageError(
    `${source} is longer than ${LIMITS.importSize} bytes, the maximum; import it in parts`,
  );
}

/** Writes the tokens that the store doesn't have, and returns how many it has. Throws a TakenHandles. */
async function insertAll(
  writes: TokenWrites,
  tokens: TokenLines,
  fields: NewToken,
  services: TokenServices,
  time: number,
  progress: (done: number) => void,
): Promise<number> {
  const author = services.author();
  const detail = describeFields(fields);
  const taken: LineProblem[] = [];
  let known = 0;
  const insert = async (at: number) => {
    const digest = tokens.digest(at);
    if ((await writes.findDigest(digest)) !== null) {
      known += 1;
      return;
    }
    const minted = tokens.handle(at);
    let handle = minted ?? randomHandle();
    while ((await writes.find(handle)) !== null) {
      if (minted !== null) {
        const line = tokens.lineOf(digest) ?? 0;
        taken.push({ line, text: `the token has the handle ${minted}, which another in the store has` });
        return;
      }
      handle = randomHandle();
    }
    await writes.insert(newRecord(handle, digest, fields, time));
    await writes.log({ time, handle, action: "imported", detail, ...author });
  };
  for (let start = 0; start < tokens.size; start += BATCH) {
    const end = Math.min(start + BATCH, tokens.size);
    // All of them end before a failure ends the transaction: what came later would be written on its own.
    const results = await Promise.allSettled(
      Array.from({ length: end - start }, async (_, step) => await insert(start + step)),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    progress(end);
  }
  if (taken.length > 0) throw new TakenHandles(taken.toSorted((a, b) => a.line - b.line));
  return known;
}

/** Reports how far a long import is: on a terminal in one line that changes, elsewhere in ten lines. */
function progressOf(size: number, { terminals }: TokenServices, output: Output): (done: number) => void {
  if (size < LONG) return () => {};
  const steps = terminals.error ? 100 : 10;
  let shown = 0;
  return (done) => {
    const step = Math.floor((done * steps) / size);
    if (step === shown) return;
    shown = step;
    const text = `${done} of ${size} tokens`;
    if (!terminals.error) output.err(`${text}\n`);
    else output.err(done < size ? `\r${text}` : `\r${" ".repeat(text.length)}\r`);
  };
}

/** Tokens that are written at a time, so that a database on another machine answers many questions at once. */
const BATCH = 500;
/** Tokens from which on an import takes a while. */
const LONG = 20_000;
