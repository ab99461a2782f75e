import { checkConfig } from "../check-config.ts";
import type { Config, ListenOptions } from "../config/config.ts";
import { ConfigFault, readConfig } from "../config/read-config.ts";
import { LIMITS } from "../limits.ts";
import { urlOf } from "../listener.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/**
 * Asks the server that a config describes whether it is healthy: 0 for yes, 1 for no or no answer, for the probes of
 * containers, which know no other code.
 */
export const healthcheck: Command = {
  name: "healthcheck",
  about: "Asks the configured server whether it is healthy.",
  options: CONFIG_OPTION,
  async run(options, output) {
    try {
      const question = questionOf(readConfig(configFile(options), checkConfig));
      const status = await statusOf(question);
      const told = `${question.shown} answered ${status}`;
      if (question.healthy.includes(status)) output.out(`healthy: ${told}\n`);
      else output.err(`unhealthy: ${told}\n`);
      return question.healthy.includes(status) ? 0 : 1;
    } catch (fault) {
      const { message } = fault as Error;
      output.err(fault instanceof ConfigFault ? `${message}\n` : `unhealthy: ${message}\n`);
      return 1;
    }
  },
};

interface Question {
  readonly listen: ListenOptions;
  readonly path: string;
  readonly headers: Record<string, string>;
  /** The statuses that are a yes. */
  readonly healthy: readonly number[];
  /** What is asked, for people. */
  readonly shown: string;
}

/** The admin listener is asked where there is one, else the route that tells of health, else any route. */
function questionOf({ admin, listen, routes, exclusions, tokens: { tokens }, auth }: Config): Question {
  const route = routes.find(({ handler }) => handler === "health") ?? routes[0];
  const path = admin ? "/healthz" : (route?.path.replace(/\*$/, "") ?? "/");
  const [first] = tokens;
  const token = typeof first === "object" ? first.token : first;
  // Who has the port while the server is down is told no token that nobody asks for.
  const isOpen = exclusions.methods.includes("GET") || exclusions.paths.includes(route?.path ?? "");
  const named = admin ?? listen;
  // node:http would ask port 80, and tell whoever is there the token (Bun 1.4.5).
  if (!named.unix && named.port === 0) {
    throw new Error(`${named.setting}.port is 0: it is another one at each start, and can't be asked`);
  }
  const asked = { ...named, host: reachable(named.host) };
  return {
    listen: asked,
    path,
    headers: admin || isOpen || token === undefined ? {} : { Authorization: `${auth.scheme} ${token}` },
    // A server that lets nobody in, or has no route, is healthy where it says so.
    healthy: [200, ...(token === undefined ? [401] : []), ...(admin || route ? [] : [404])],
    shown: `GET ${urlOf(asked, asked.port)}${path}`,
  };
}

/** Not fetch: that would ask a proxy of the environment, and tell it the token (Bun 1.4.5). */
async function statusOf({ listen, path, headers }: Question): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options = {
    ...(listen.unix ? { socketPath: listen.unix.path } : { host: listen.host, port: listen.port }),
    path,
    headers: { ...headers, Host: "localhost", Connection: "close" },
    // Its own certificate hardly names the loopback address.
    rejectUnauthorized: false,
  };
  // Loaded on need: it costs every start 10 ms and 3 MB, that of a server too (Bun 1.4.5).
  const { request } = process.getBuiltinModule(listen.tls ? "node:https" : "node:http");
  const asking = request(options, (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  const fail = (message: string) => reject(new Error(`${urlOf(listen, listen.port)}: ${message}`));
  asking.on("error", ({ message }) => fail(message));
  // What is no server of ours may switch protocols, and Bun then tells neither of an answer nor of an end (1.4.5).
  asking.on("close", () => fail("closed without an answer"));
  const late = setTimeout(() => fail(`no answer within ${LIMITS.healthTimeout} ms`), LIMITS.healthTimeout);
  asking.end();
  return await promise.finally(() => {
    clearTimeout(late);
    asking.destroy();
  });
}

/** Nobody can be reached at the address that stands for all. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
