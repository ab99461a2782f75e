import { closeSync, fstatSync, openSync, statSync } from "node:fs";

/**
 * Returns a test for whether the terminal that started this process has gone. If standard input is not a terminal it
 * never has: a server started in the background or by a supervisor outlives every terminal.
 *
 * A hangup removes the controlling terminal before it sends SIGHUP, and a SIGHUP from `kill` does not, so `/dev/tty` can
 * be opened or not. `isatty` would not do: its module adds 2.6 ms to every start (Bun 1.4.5).
 */
export function terminalGone(): () => boolean {
  const hadTerminal = inputIsTerminal() && opens(TERMINAL);
  return () => hadTerminal && !opens(TERMINAL);
}

function inputIsTerminal(): boolean {
  try {
    const input = fstatSync(0);
    return input.isCharacterDevice() && input.rdev !== statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}

function opens(file: string): boolean {
  try {
    closeSync(openSync(file, "r"));
    return true;
  } catch {
    return false;
  }
}

/** The controlling terminal of the process that opens it. */
const TERMINAL = "/dev/tty";
