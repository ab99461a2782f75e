import { LIMITS } from "../limits.ts";
import { digestToken, tokenProblem } from "../tokens/token.ts";
import { nameProblem, USER_NAME_FORM } from "../tokens/user.ts";
import { tokenWeakness, WEAKNESS_TEXTS } from "../tokens/weak-token.ts";
import { UsageError } from "./check-arguments.ts";
import { command } from "./command.ts";
import { readInputLine } from "./read-input-line.ts";

/**
 * Reads one token from standard input and prints its entry of `allowed_tokens`. It takes no token as an argument, which
 * other users of the machine can read, and shells keep in a file. No message shows the token.
 */
export const hash = command(
  {
    name: "hash",
    about: "Reads a token from standard input, and prints its SHA-256 for allowed_tokens.",
    options: { name: { type: "string", value: "NAME", about: "The name of its user; none by default." } },
    exits: "0 printed; 2 no usable token or bad arguments",
  },
  async ({ values: { name } }, output) => {
    const wrongName = name === undefined ? null : nameProblem(name);
    if (wrongName !== null) throw new UsageError(`--name must have ${USER_NAME_FORM}; it ${wrongName}`);
    const prompt = (hidden: boolean) =>
      output.err(`Type or paste the token and press Enter. ${hidden ? HIDDEN : SHOWN}\n`);
    let token: string | null;
    try {
      token = await readInputLine({ prompt, max: LIMITS.tokenInput });
    } catch (fault) {
      const { code, message } = fault as NodeJS.ErrnoException;
      output.err(`standard input can't be read (${code ?? message})\n`);
      return 2;
    }
    const wrong = token === null ? "is too long" : inputProblem(token);
    if (token === null || wrong !== null) {
      output.err(`standard input must be one token: one word of visible ASCII; it ${wrong}\n`);
      return 2;
    }
    if (token === name)
      throw new UsageError("--name must not be the token: logs, metrics and whoami show it");
    const weakness = tokenWeakness(token);
    if (weakness !== null) output.err(`warning: the token ${WEAKNESS_TEXTS[weakness]}\n`);
    const entry = [
      `"sha256": "${digestToken(token).toHex()}"`,
      ...(name === undefined ? [] : [`"name": "${name}"`]),
    ];
    output.out(`{ ${entry.join(", ")} }\n`);
    return 0;
  },
);

function inputProblem(text: string): string | null {
  return text.includes("\n") ? "has several lines" : tokenProblem(text);
}

const HIDDEN = "The terminal doesn't show it.";
const SHOWN = "The terminal shows it.";
