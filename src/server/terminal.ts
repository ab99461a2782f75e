import { closeSync, fstatSync, openSync, statSync } from "node:fs";

/**
 * Gives a test of whether the terminal that this process was started from has gone. Where standard input is none it
 * never has: a server that was started in the background or by a supervisor outlives every terminal.
 *
 * A hangup takes the controlling terminal away before it sends SIGHUP, and a SIGHUP from `kill` leaves it: `/dev/tty`
 * opens or does not. Not `isatty`, whose module costs every start 2.6 ms (Bun 1.4.5).
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

/** The controlling terminal of whoever opens it. */
const TERMINAL = "/dev/tty";
