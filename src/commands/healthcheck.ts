import { checkConfig } from "../config/check-config.ts";
import type { Config } from "../config/config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { ConfigError, loadConfig } from "../config/load-config.ts";
import { LIMITS } from "../limits.ts";
import { urlOf } from "../listen/listener.ts";
import { ask, NoAnswer, type AskedAnswer } from "./ask.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/**
 * Asks the server that a config describes whether it is healthy: 0 for yes, 1 for no or no answer, for the probes of
 * containers, which know no other code. It never sends a token: whoever holds the port would learn it.
 *
 * The server may still use a previous config, so what counts is that it answers as token-server does.
 */
export const healthcheck: Command = {
  name: "healthcheck",
  about: "Asks the configured server whether it is healthy.",
  options: CONFIG_OPTION,
  async run(options, output) {
    try {
      const { healthy, text } = await judged(loadConfig(configFile(options), checkConfig));
      if (healthy) output.out(`healthy: ${text}\n`);
      else output.err(`unhealthy: ${text}\n`);
      return healthy ? 0 : 1;
    } catch (fault) {
      const { message } = fault as Error;
      output.err(fault instanceof ConfigError ? `${message}\n` : `unhealthy: ${message}\n`);
      return 1;
    }
  },
};

interface Verdict {
  readonly healthy: boolean;
  /** What was asked, and what came of it. */
  readonly text: string;
}

/** Asks the admin listener where there is one, else the public one. */
async function judged(config: Config): Promise<Verdict> {
  const end = performance.now() + LIMITS.healthTimeout;
  if (config.admin === null) return await judgedPublic(config, end);
  const admin = reachable(config.admin);
  try {
    const { status } = await ask(admin, "/healthz", left(end));
    return { healthy: status === 200, text: answered(admin, "/healthz", status) };
  } catch (fault) {
    if (!(fault instanceof NoAnswer && fault.refused)) throw fault;
    const { healthy, text } = await judgedPublic(config, end);
    const hint = `nothing listens on ${urlOf(admin, admin.port)} yet: restart to open server.admin`;
    return { healthy, text: healthy ? `${text}; ${hint}` : text };
  }
}

async function judgedPublic({ listen, routes, exclusions, auth }: Config, end: number): Promise<Verdict> {
  const isOpen = ({ path }: Config["routes"][number]) =>
    exclusions.methods.includes("GET") || exclusions.paths.includes(path);
  // A route of health says whether the server drains; a closed one, that it is ours.
  const health = routes.filter(({ handler }) => handler === "health");
  const route = health.find(isOpen) ?? health[0] ?? routes.find((one) => !isOpen(one)) ?? routes[0];
  const path = route?.path.replace(/\*$/, "") ?? "/";
  const asked = reachable(listen);
  const answer = await ask(asked, path, left(end));
  const text = answered(asked, path, answer.status);
  if (isChallenge(answer, auth.scheme)) return { healthy: true, text };
  if (answer.status !== 200) return { healthy: false, text };
  if (route && isOpen(route)) return { healthy: true, text };
  // The server may not have loaded that the route is closed. A path that no route has is closed in every config.
  if (isChallenge(await ask(asked, `/${crypto.randomUUID()}`, left(end)), auth.scheme))
    return { healthy: true, text };
  return { healthy: false, text: `${text} without a token: token-server answers 401 there` };
}

/** Whether an answer is the 401 that token-server gives to whoever brings no token. */
function isChallenge({ status, challenge }: AskedAnswer, scheme: string): boolean {
  const [own = "", realm = ""] = challenge.split(/[ ,]/);
  return status === 401 && own.toLowerCase() === scheme.toLowerCase() && realm === 'realm="token-server"';
}

function answered(listen: ListenOptions, path: string, status: number): string {
  return `GET ${urlOf(listen, listen.port)}${path} answered ${status}`;
}

/** Where a listener can be asked. Nobody can be reached at the address that stands for all. */
function reachable(listen: ListenOptions): ListenOptions {
  const { setting, host, port, unix } = listen;
  // node:http would ask port 80 (Bun 1.4.5).
  if (!unix && port === 0) {
    throw new Error(`${setting}.port is 0: it is another one at each start, and can't be asked`);
  }
  if (host === "0.0.0.0") return { ...listen, host: "127.0.0.1" };
  return host === "::" ? { ...listen, host: "::1" } : listen;
}

function left(end: number): number {
  return Math.max(1, Math.round(end - performance.now()));
}
