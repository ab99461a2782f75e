/** Options for `readInputLine`. */
export interface InputLineOptions {
  /** Asks for the input on a terminal. `hidden` is whether the terminal hides what is typed. */
  prompt(hidden: boolean): void;
  /** The maximum in bytes, its line feed included; a terminal has a lower one. */
  readonly max: number;
}

/**
 * Reads standard input to its end, or on a terminal to the end of a line, and returns its text without its last line feed
 * (or CRLF). Returns null if it has more than `max` bytes.
 *
 * On a terminal `stty` hides what is typed until the process ends, where it is installed.
 */
export async function readInputLine({ prompt, max }: InputLineOptions): Promise<string | null> {
  // Loaded on demand: an import would add 2.6 ms to the start of the server too (Bun 1.4.5).
  const isTerminal = process.getBuiltinModule("node:tty").isatty(0);
  if (!isTerminal) return await readText(max, false);
  prompt(hideTyping());
  return await readText(Math.min(max, TERMINAL_LINE), true);
}

/** Reads as a stream, so that signals are handled while it waits. */
async function readText(max: number, oneLine: boolean): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Bun.stdin.stream()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > max) return null;
    if (oneLine && chunk.includes(LINE_FEED)) break;
  }
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, "");
}

/**
 * Makes the terminal hide what is typed, and returns whether that worked. Bun 1.4.5 restores the terminal when the process
 * exits, and on SIGINT and SIGTERM, but on no other signal.
 */
function hideTyping(): boolean {
  process.on("SIGQUIT", () => process.exit(128 + 3));
  process.on("SIGHUP", () => process.exit(128 + 1));
  const program = Bun.which("stty");
  return program !== null && Bun.spawnSync([program, "-echo"], { stdin: "inherit" }).success;
}

/** Linux drops what follows in a line on a terminal (termios, canonical mode), so a longer one may be cut. */
const TERMINAL_LINE = 4_094;
const LINE_FEED = 0x0a;
