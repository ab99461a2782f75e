import { LIMITS } from "../../limits.ts";
import { quoteFile } from "../../text/quote.ts";
import { randomHandle } from "../../tokens/minted-token.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import type { TokenWrites } from "../../tokens/token-admin.ts";
import { digestToken } from "../../tokens/token.ts";
import { UsageError } from "../check-arguments.ts";
import { command, CONFIG_OPTION, type Command, type Output } from "../command.ts";
import { describeFields, newRecord, type NewToken } from "./new-token.ts";
import { givenFile, onlyOperand } from "./token-operand.ts";
import { withAdmin } from "./with-admin.ts";
import { checkTimes, givenFields, NEW_TOKEN_OPTIONS } from "./token-fields.ts";
import { parseTokenLines, type LineProblem, type TokenLines } from "./token-lines.ts";
import type { TokenServices } from "./token-services.ts";

/**
 * Imports the tokens of a file, all of them or none. A minted token keeps its handle, any other gets a random one. One that
 * the store already has stays as it is, so a revoked one stays revoked. No message shows a token.
 */
export function tokenImport(services: TokenServices): Command {
  return command(
    {
      name: "token import",
      about: "Imports tokens from a file, all or none: one per line, plain or sha256:HEX.",
      operands: "FILE|-",
      options: { ...NEW_TOKEN_OPTIONS, ...CONFIG_OPTION },
      exits: "0 imported; 1 the store can't be used; 2 bad lines, config.json or arguments",
    },
    async ({ values, positionals }, output) => {
      const now = services.now();
      const file = givenFile(onlyOperand("token import", "FILE, or - for standard input", positionals));
      const { user, ...fields } = givenFields(values, now);
      if (user === undefined) throw new UsageError("token import needs --user NAME: whose tokens they are");
      checkTimes(fields);

      const source = file === "-" ? "standard input" : quoteFile(file);
      const { tokens, problems, weak, weakCount } = parseTokenLines(await contentOf(services, file, source));
      if (problems.length > 0) return refuse(problems);
      if (tokens.size === 0) throw new UsageError(`${source} holds no tokens`);
      if (tokens.lineOf(digestToken(user)) !== null)
        throw new UsageError("--user must not be one of the tokens: logs, metrics and whoami show it");
      for (const { line, text } of weak) output.err(`warning: ${source}:${line}: ${text}\n`);
      const more = weakCount - weak.length;
      if (more > 0) output.err(`warning: ${more} more tokens can be guessed\n`);

      return await withAdmin(services, { config: values.config, create: true }, output, async (admin) => {
        const progress = progressOf(tokens.size, services, output);
        try {
          const known = await admin.transaction(
            async (writes) => await insertAll(writes, tokens, { user, ...fields }, services, now, progress),
          );
          const imported = tokens.size - known;
          const rest = known === 0 ? "" : `; the store already had ${known}`;
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
        const more = problems.length < LIMITS.importProblems ? "" : " The rest was not read.";
        output.err(`${text}Nothing was imported: ${count} can't be used.${more}\n`);
        return 2;
      }
    },
  );
}

/** Thrown to roll back an import: its handles belong to other tokens in the store. */
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
  const event = { time, action: "imported", detail: describeFields(fields), ...services.author() } as const;
  const problems: LineProblem[] = [];
  let known = 0;
  for (let start = 0; start < tokens.size; start += BATCH) {
    const end = Math.min(start + BATCH, tokens.size);
    const batch = Array.from({ length: end - start }, (_, step) => {
      const handle = tokens.handle(start + step) ?? randomHandle();
      return newRecord(handle, tokens.digest(start + step), fields, time);
    });
    const taken = await writes.taken(batch);
    for (const [step, token] of batch.entries()) {
      if (taken[step] === "digest") known += 1;
      if (taken[step] === "handle") problems.push(handleProblem(token, tokens));
    }
    // After a problem nothing is kept, but all problems are looked for.
    const missing = batch.filter((_, step) => taken[step] === null);
    if (problems.length === 0 && missing.length > 0) await writes.insertAll(missing, event);
    progress(end);
  }
  if (problems.length > 0) throw new TakenHandles(problems);
  return known;
}

/** With a million tokens a random handle is taken once in 200 million times; another import draws another. */
function handleProblem({ handle, digest }: StoredToken, tokens: TokenLines): LineProblem {
  const text = `the handle ${handle} belongs to another token in the store`;
  return { line: tokens.lineOf(digest) ?? 0, text };
}

/** Reports the progress of a long import: on a terminal in one line that is rewritten, elsewhere in ten lines. */
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

/** Tokens that are written at a time. */
const BATCH = 1_000;
/** The number of tokens from which an import takes a while. */
const LONG = 20_000;
