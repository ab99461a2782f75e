import type { ConfigCheck } from "./config/read-config.ts";
import { isAddress } from "./http/network.ts";
import { appRoutes, type Surroundings } from "./routes/app-routes.ts";
import { exclusionProblems } from "./routes/exclusions.ts";
import { checkNames } from "./tokens/token-entry.ts";

/** Finds what is wrong with settings only in the light of others, and of the routes they make. */
export const checkConfig: ConfigCheck = ({ listen, admin, routes, exclusions, tokens }, report) => {
  // What has a problem of its own has holes here, and would be the cause of others that are none.
  const sound = routes.every((route) => route?.path !== undefined && route.handler !== undefined);
  const paths = sound ? routes.map(({ path }) => path) : [];
  for (const [index, path] of paths.entries()) {
    const first = paths.indexOf(path);
    if (first < index) {
      report(["server", "http", "routes", index, "path"], `is that of server.http.routes[${first}] already`);
    }
  }
  const faults = sound ? exclusionProblems(appRoutes(routes, NOTHING_AROUND), exclusions) : [];
  for (const { list, index, text } of faults) {
    if (exclusions[list][index] === undefined) continue;
    report(["server", "http", list === "paths" ? "exclude_routes" : "exclude_methods", index], text);
  }
  checkNames(tokens.tokens ?? [], (index, property, text) =>
    report([...TOKENS, index, ...(property === null ? [] : [property])], text),
  );
  for (const { setting, unix, reusePort } of [listen, ...(admin ? [admin] : [])]) {
    if (unix && reusePort) {
      report(
        [...setting.split("."), "unix"],
        "can't be shared as a port can: leave out server.http.reuse_port",
      );
    }
  }
  if (admin?.unix && admin.unix.path === listen.unix?.path) {
    report(["server", "admin", "unix"], "must be another one than server.http.unix");
  } else if (admin && !admin.unix && !listen.unix && admin.port === listen.port && admin.port !== 0) {
    if (!areApart(admin.host, listen.host)) {
      report(["server", "admin", "port"], `must be another one than server.http.port, was ${admin.port}`);
    }
  }
};

/** Whether two hosts are surely not the same: two addresses, neither of which stands for all. */
function areApart(one: string, other: string): boolean {
  const isOne = (host: string) => isAddress(host) && !/^[0.:]+$/.test(host);
  return one !== other && isOne(one) && isOne(other);
}

const TOKENS = ["server", "http", "allowed_tokens"];

// The routes are looked at, never asked.
const NOTHING_AROUND = {} as Surroundings;
