import type { ConfigCheck } from "./load-config.ts";
import { isAddress } from "../http/network.ts";
import { exclusionProblems, type RouteFacts } from "../routes/exclusions.ts";
import { ROUTE_KINDS, type RouteOptions } from "../routes/route-kinds.ts";
import { checkNames } from "../tokens/token-entry.ts";

/** Finds what is wrong with settings only in the light of others, and of the routes they make. */
export const checkConfig: ConfigCheck = (config, report, given) => {
  const { listen, admin, exclusions, tokens } = config;
  const routes = config.routes.map((route, index) => routeFacts(route, given([...ROUTES, index, "path"])));
  for (const [index, route] of routes.entries()) {
    const first = routes.findIndex((one) => one?.path === route?.path);
    if (route === null || first === index) continue;
    const text = `is already the path of server.http.routes[${first}]`;
    report([...ROUTES, index, "path"], text);
  }
  for (const { list, index, text } of exclusionProblems(
    routes.filter((route) => route !== null),
    exclusions,
  )) {
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
 * What the routes are judged by. One that has a problem of its own counts with its path as given, so that nothing else
 * has a problem because of it.
 */
function routeFacts(route: RouteOptions | undefined, given: unknown): RouteFacts | null {
  const path = route?.path ?? given;
  if (typeof path !== "string") return null;
  return { ...(route ? ROUTE_KINDS[route.handler] : UNKNOWN_KIND), path: path.replace(/^(?!\/)/, "/") };
}

/** Whether two hosts are surely not the same: two addresses, neither of which stands for all. */
function areApart(one: string, other: string): boolean {
  const isOne = (host: string) => isAddress(host) && !/^[0.:]+$/.test(host);
  return one !== other && isOne(one) && isOne(other);
}

const ROUTES = ["server", "http", "routes"];
const TOKENS = ["server", "http", "allowed_tokens"];

// A route whose handler has a problem counts as one of the most common kind.
const UNKNOWN_KIND = { methods: ["GET"], needsUser: false } as const;
