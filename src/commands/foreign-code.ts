/**
 * The problem with the first environment variable that lets others run code in this process, or null. Bun 1.4.5 obeys
 * these variables before the program starts: a debugger port is already open by now, and a value that waits for a
 * debugger never lets the program start. An empty value does nothing.
 */
export function foreignCode(environment: Readonly<Record<string, string | undefined>>): string | null {
  for (const [name, value] of Object.entries(environment)) {
    if (!value) continue;
    if (name.startsWith("BUN_INSPECT")) {
      return `${name} is set, which lets a debugger read the tokens and run code without a password; unset it`;
    }
    if (name === "BUN_OPTIONS") return `${name} is set, which makes the runtime run other code; unset it`;
  }
  return null;
}
