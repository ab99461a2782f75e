import type { Config } from "./config.ts";
import type { ConfigCheck, Given } from "./load-config.ts";
import { isAddress } from "../http/network.ts";
import { appRoutes, type RouteOptions, type Services } from "../routes/route-kinds.ts";
import { exclusionProblems } from "../routes/exclusions.ts";
import { checkNames } from "../tokens/token-entry.ts";

/** Finds what is wrong with settings only in the light of others, and of the routes they make. */
export const checkConfig: ConfigCheck = (config, report, given) => {
  const { listen, admin, exclusions, tokens } = config;
  const paths: readonly (string | undefined)[] = config.routes.map((route) => route?.path);
  for (const [index, path] of paths.entries()) {
    const first = paths.indexOf(path);
    if (path === undefined || first === index) continue;
    const text = `is already the path of server.http.routes[${first}]`;
    report(["server", "http", "routes", index, "path"], text);
  }
  const routes = appRoutes(judgedRoutes(config, given), NOTHING_AROUND);
  for (const { list, index, text } of exclusionProblems(routes, exclusions)) {
    if (exclusions[list][index] === undefined) continue;
    report(["server", "http", list === "paths" ? "exclude_routes" : "exclude_methods", index], text);
  }
  checkNames(tokens.tokens ?? [], (index, property, text) =>
    report([...TOKENS, index, ...(property === null ? [] : [property])], text),
  );
  for (const { setting, unix, reusePort } of [listen, ...(admin ? [admin] : [])]) {
    if (unix && reusePort) {
      report([...setting.split("."), "unix"], "can't be shared as a port can; remove server.http.reuse_port");
    }
  }
  if (admin?.unix && admin.unix.path === listen.unix?.path) {
    report(["server", "admin", "unix"], "must differ from server.http.unix");
  } else if (admin && !admin.unix && !listen.unix && admin.port === listen.port && admin.port !== 0) {
    if (!areApart(admin.host, listen.host)) {
      const path = ["server", "admin", "port"];
      const text =
        given(path) === undefined
          ? `defaults to ${admin.port}, which server.http.port already uses; set another`
          : `must differ from server.http.port, was ${admin.port}`;
      report(path, text);
    }
  }
};

/**
 * The routes that exclusions are judged by. One that has a problem of its own counts as far as it goes, so that what
 * else is wrong is found as well, and no more: with its path as given, and with a handler that needs no user.
 */
function judgedRoutes({ routes }: Config, given: Given): RouteOptions[] {
  return routes.flatMap((route, index) => {
    const { path = given(["server", "http", "routes", index, "path"]), handler = "ping" } = { ...route };
    return typeof path === "string" ? [{ path: path.replace(/^(?!\/)/, "/"), handler }] : [];
  });
}

/** Whether two hosts are surely not the same: two addresses, neither of which stands for all. */
function areApart(one: string, other: string): boolean {
  const isOne = (host: string) => isAddress(host) && !/^[0.:]+$/.test(host);
  return one !== other && isOne(one) && isOne(other);
}

const TOKENS = ["server", "http", "allowed_tokens"];

// The routes are looked at, never asked.
const NOTHING_AROUND = {} as Services;
