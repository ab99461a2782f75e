/** The variables by which Bun 1.4.5 opens a debugger, or would. */
export const INSPECT_VARIABLES = [
  "BUN_INSPECT",
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_NOTIFY",
  "BUN_INSPECT_PRELOAD",
] as const;
