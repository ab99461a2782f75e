/** Options for `readInputLine`. */
export interface InputLineOptions {
  /** Says on a terminal what is waited for. `hidden` is whether the terminal shows no letters meanwhile. */
  prompt(hidden: boolean): void;
  /** The maximum in bytes, its line feed included; a terminal has a lower one. */
  readonly max: number;
}

/**
 * Reads standard input to its end, or on a terminal to the end of a line, and returns its text without one line feed at
 * its end (or CRLF). Returns null if it has more than `max` bytes.
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
 * Lets the terminal show no letters, and returns whether it could. The runtime restores the terminal when the process
 * exits, and at SIGINT and SIGTERM, but at no other signal (Bun 1.4.5).
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
