import type { Config } from "../config/config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load-config.ts";
import { LIMITS } from "../limits.ts";
import { urlOf } from "../listen/listener.ts";
import { ask, NoAnswer, type AskedAnswer } from "./ask.ts";
import { command, CONFIG_OPTION } from "./command.ts";

/**
 * Asks the configured server whether it is healthy. Exits with 0 or 1 only, the codes that container probes know. It
 * sends no token, because another program could hold the port.
 *
 * The server may still use a previous config, so an answer that only token-server sends counts as healthy.
 */
export const healthcheck = command(
  {
    name: "healthcheck",
    about: "Asks the configured server whether it is healthy.",
    options: CONFIG_OPTION,
    exits: "0 healthy; 1 not healthy, no answer or bad config.json; 2 bad arguments",
  },
  async ({ values }, output) => {
    try {
      const { healthy, text } = await probe(loadConfig(values.config).config);
      if (healthy) output.out(`healthy: ${text}\n`);
      else output.err(`unhealthy: ${text}\n`);
      return healthy ? 0 : 1;
    } catch (fault) {
      const { message } = fault as Error;
      output.err(fault instanceof ConfigError ? `${message}\n` : `unhealthy: ${message}\n`);
      return 1;
    }
  },
);

interface Verdict {
  readonly healthy: boolean;
  /** The request and its answer. */
  readonly text: string;
}

/** Asks the admin listener where there is one, or else the public one. */
async function probe(config: Config): Promise<Verdict> {
  const end = performance.now() + LIMITS.healthTimeout;
  if (config.admin === null) return await probePublic(config, end);
  const admin = reachable(config.admin);
  try {
    const { status } = await ask(admin, "/healthz", left(end));
    return { healthy: status === 200, text: answered(admin, "/healthz", status) };
  } catch (fault) {
    if (!(fault instanceof NoAnswer && fault.refused)) throw fault;
    const { healthy, text } = await probePublic(config, end);
    const hint = `nothing listens on ${urlOf(admin, admin.port)} yet: restart to open server.admin`;
    return { healthy, text: healthy ? `${text}; ${hint}` : text };
  }
}

async function probePublic(config: Config, end: number): Promise<Verdict> {
  const { listen, routes, exclusions } = config;
  const schemes = challengeSchemes(config);
  const isOpen = ({ path }: Config["routes"][number]) =>
    exclusions.methods.includes("GET") || exclusions.paths.includes(path);
  // An open health route shows whether the server drains; a route that needs a token, whose server it is.
  const health = routes.filter(({ handler }) => handler === "health");
  const route = health.find(isOpen) ?? health[0] ?? routes.find((one) => !isOpen(one)) ?? routes[0];
  const path = route?.path.replace(/\*$/, "") ?? "/";
  const target = reachable(listen);
  const answer = await ask(target, path, left(end));
  const text = answered(target, path, answer.status);
  if (isChallenge(answer, schemes)) return { healthy: true, text };
  if (answer.status !== 200) return { healthy: false, text };
  if (route && isOpen(route)) return { healthy: true, text };
  // The route may be open in the config that the server uses. An unknown path needs a token in every config.
  if (isChallenge(await ask(target, `/${crypto.randomUUID()}`, left(end)), schemes))
    return { healthy: true, text };
  return { healthy: false, text: `${text} without a token: token-server answers 401 there` };
}

/** Whether an answer is the 401 of token-server to a request without a token. */
function isChallenge({ status, challenge }: AskedAnswer, schemes: readonly string[]): boolean {
  const own = challenge.matchAll(/(?:^|, )(\S+) realm="token-server"/g);
  return status === 401 && [...own].some(([, scheme = ""]) => schemes.includes(scheme.toLowerCase()));
}

/** The schemes in lower case, at least one of which a challenge offers. */
function challengeSchemes({ auth, routes }: Config): string[] {
  const words = [...auth.tokenFrom.map(({ kind }) => kind), ...routes.flatMap((one) => one.token_from ?? [])];
  return [...auth.schemes, ...words.filter((word) => /^basic$/i.test(word))].map((one) => one.toLowerCase());
}

function answered(listen: ListenOptions, path: string, status: number): string {
  return `GET ${urlOf(listen, listen.port)}${path} answered ${status}`;
}

/** The address to send a request to: the loopback address where the listener takes all addresses. */
function reachable(listen: ListenOptions): ListenOptions {
  const { setting, host, port, unix } = listen;
  // node:http would ask port 80 (Bun 1.4.5).
  if (!unix && port === 0) {
    throw new Error(
      `${setting}.port is 0, so the port changes at each start; set a port for healthcheck to ask`,
    );
  }
  if (host === "0.0.0.0") return { ...listen, host: "127.0.0.1" };
  return host === "::" ? { ...listen, host: "::1" } : listen;
}

function left(end: number): number {
  return Math.max(1, Math.round(end - performance.now()));
}
