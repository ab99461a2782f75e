/** The requests that fetch runs at a time. A variable that is no number has no effect. */
export function fetchLimit(): number {
  const set = process.env[VARIABLE] ?? "";
  return /^[1-9]\d{0,4}$/.test(set) ? Number(set) : DEFAULT;
}

/**
 * Makes sure that fetch runs `wanted` requests at a time. Returns if it does or can't be made to; otherwise this program
 * starts again in the same process, with the same arguments and files, before anything listens.
 *
 * Bun 1.4.5 queues every further request without a word, so 256 open streams would stop all other requests. It reads the
 * limit from the environment when it starts, and no later change has an effect.
 */
export function raiseFetchLimit(wanted: number): void {
  if (fetchLimit() >= wanted) return;
  const { execPath, argv, argv0 } = process;
  const args = [argv0, ...argv.slice(Bun.isStandaloneExecutable ? 2 : 1)];
  const environment = Object.entries(process.env).filter(([, value]) => value !== undefined);
  try {
    process.execve?.(execPath, args, {
      ...(Object.fromEntries(environment) as Record<string, string>),
      [VARIABLE]: String(wanted),
    });
  } catch {
    // The system forbids it, or the file of the program is gone: the server serves as many as there may be.
  }
}

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const DEFAULT = 256;
