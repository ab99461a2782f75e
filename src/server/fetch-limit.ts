/** The number of requests that fetch runs at a time. A variable that is not a number has no effect. */
export function fetchLimit(): number {
  const set = process.env[VARIABLE] ?? "";
  return /^[1-9]\d{0,4}$/.test(set) ? Number(set) : DEFAULT;
}

/**
 * Makes fetch run `wanted` requests at a time. Returns if it already does or can't be made to; otherwise the program starts
 * again in the same process, with the same arguments and open files, before anything listens.
 *
 * Bun 1.4.5 queues all further requests without reporting it, so 256 open streams would block all other requests. It reads
 * the limit from the environment at its start only.
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
    // The system forbids it, or the program's file is gone: the server then forwards fewer requests at a time.
  }
}

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const DEFAULT = 256;
