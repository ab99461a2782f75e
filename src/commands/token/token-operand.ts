import { LIMITS } from "../../limits.ts";
import { isHandle, looksMinted, mintedHandle } from "../../tokens/minted-token.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import type { TokenAdmin, TokenWrites } from "../../tokens/token-admin.ts";
import { digestToken, tokenProblem } from "../../tokens/token.ts";
import { UsageError } from "../check-arguments.ts";
import type { Output } from "../command.ts";
import type { TokenServices } from "./token-services.ts";
import { NoSuchToken } from "./with-admin.ts";

/** The only operand of a command. Throws a UsageError. */
export function onlyOperand(command: string, form: string, positionals: readonly string[]): string {
  const [operand, ...more] = positionals;
  if (operand === undefined) throw new UsageError(`${command} needs ${form}`);
  if (more.length > 0) throw new UsageError(`${command} takes one ${form} at a time`);
  return operand;
}

/** A handle that was given. Throws a UsageError that does not show it: it may be a token. */
export function givenHandle(text: string): string {
  if (isHandle(text)) return text;
  throw new UsageError(
    `HANDLE must be the 8 letters and digits that token list shows; ${
      looksMinted(text) ? IS_TOKEN : "this is not one"
    }`,
  );
}

/** A file that was given. Throws a UsageError that does not show it if it is a token. */
export function givenFile(text: string): string {
  if (mintedHandle(text) === null) return text;
  throw new UsageError(`FILE must be the name of a file; ${IS_TOKEN}`);
}

/** Finds the token of a handle. Throws a NoSuchToken. */
export async function tokenOf(
  tokens: Pick<TokenAdmin | TokenWrites, "find">,
  handle: string,
): Promise<StoredToken> {
  const token = await tokens.find(handle);
  if (token === null)
    throw new NoSuchToken(`no token has the handle ${handle}; token list shows all handles`);
  return token;
}

/** Returns the token. Throws a UsageError if it is revoked, because that is for good. */
export function notRevoked(token: StoredToken): StoredToken {
  if (token.revoked === null) return token;
  throw new UsageError(`${token.handle} is revoked, for good; create another token`);
}

/** Returns what finds the token of an operand in a store: by handle, or for `-` by the token on standard input. */
export async function tokenFinder(
  services: TokenServices,
  operand: string,
  output: Output,
): Promise<(admin: Pick<TokenAdmin, "find" | "findDigest">) => Promise<StoredToken>> {
  if (operand === "-") return await tokenFromInput(services, output);
  const handle = givenHandle(operand);
  return async (admin) => await tokenOf(admin, handle);
}

/** Reads a token from standard input and finds it in the store. Throws a UsageError or a NoSuchToken; neither shows it. */
async function tokenFromInput(
  { readToken }: TokenServices,
  output: Output,
): Promise<(tokens: Pick<TokenAdmin, "findDigest">) => Promise<StoredToken>> {
  const prompt = (hidden: boolean) =>
    output.err(
      `Type or paste the token and press Enter. The terminal ${hidden ? "doesn't show" : "shows"} it.\n`,
    );
  const text = await readToken({ prompt, max: LIMITS.tokenInput });
  const wrong = text === null ? "is too long" : inputProblem(text);
  if (text === null || wrong !== null)
    throw new UsageError(`standard input must be one token: one word of visible ASCII; it ${wrong}`);
  return async (tokens) => {
    const token = await tokens.findDigest(digestToken(text));
    if (token !== null) return token;
    throw new NoSuchToken("the store has no such token; look for it in allowed_tokens of the config too");
  };
}

function inputProblem(text: string): string | null {
  return text.includes("\n") ? "has several lines" : tokenProblem(text);
}

const IS_TOKEN = "this is a token: other users may have seen it in the list of processes, so revoke it";
