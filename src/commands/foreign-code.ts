/**
 * The problem with the first environment variable through which the runtime lets others run code in this process, or
 * null where none is set. Bun 1.4.5 reads them before it runs the program: what they open can only be closed at once,
 * and a value that makes it wait for a debugger keeps it from coming this far. An empty value does nothing.
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
