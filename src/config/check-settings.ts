import { resolve } from "node:path";
import { hostName } from "../http/host.ts";
import type { Method } from "../http/methods.ts";
import { isAddress } from "../http/network.ts";
import { LIMITS } from "../limits.ts";
import { decodedPath } from "../http/path.ts";
import type { Place } from "../http/router.ts";
import type { JsonText, Path } from "../json/parse-json.ts";
import { exclusionProblems } from "../routes/exclusions.ts";
import { checkProxyRoute } from "../routes/proxy/check-proxy-route.ts";
import { ROUTE_KINDS } from "../routes/route-kinds.ts";
import type { Message, Report, ShownValue } from "../schema/problem.ts";
import { checkEntries } from "../tokens/token-entry.ts";
import type { SoundSettings } from "./settings.ts";

/** The config file whose settings are checked. */
export interface CheckedFile {
  readonly json: JsonText;
  /** The folder that relative file names start from. */
  readonly folder: string;
}

type Listeners = NonNullable<SoundSettings["server"]>;
type Http = NonNullable<Listeners["http"]>;

/** Reports settings that are valid alone, but not together with others. */
export function checkSettings({ server }: SoundSettings, file: CheckedFile, report: Report): void {
  if (!server) return;
  if (server.http) checkRoutes(server.http, file, report);
  if (server.http) checkProxies(server.http, report);
  if (server.http?.stale_for != null && server.http.token_store === null)
    report({ path: [...HTTP, "stale_for"], text: "has no effect without token_store; remove it" });
  checkEntries(server.http?.allowed_tokens ?? [], (index, property, text) =>
    report({ path: [...TOKENS, index, ...(property === null ? [] : [property])], text }),
  );
  checkListeners(server, file, report);
}

function checkRoutes({ routes: given, ...http }: Http, { json }: CheckedFile, report: Report): void {
  const routes = (given ?? []).flatMap((route, index) => {
    const at = [...ROUTES, index, "path"];
    // A path with a problem counts as it is in the file, so that nothing else has a problem because of it.
    const path = route?.path ?? json.valueAt(at);
    if (typeof path !== "string") return [];
    const kind = route?.handler ? ROUTE_KINDS[route.handler] : UNKNOWN_KIND;
    const { methods, hosts } = { methods: kind.methods, hosts: null, ...(route && placeOf(route)) };
    const { needsUser } = kind;
    return [{ index, at, path: path.replace(/^(?!\/)/, "/"), methods, hosts, needsUser }];
  });
  (given ?? []).forEach((route, index) => {
    if (route && "proxy" in route) checkProxyRoute(route, [...ROUTES, index], report);
  });
  for (const { index, path, methods } of routes) {
    if (!given?.[index]?.scope) continue;
    const opened = http.exclude_methods ?? [];
    const isOpen = methods !== "any" && methods.every((method) => opened.includes(method));
    if (!isOpen && !http.exclude_routes?.includes(path)) continue;
    const text = `needs a token, and ${isOpen ? "exclude_methods" : "exclude_routes"} opens the route; remove one of the two`;
    report({ path: [...ROUTES, index, "scope"], text });
  }
  const firsts = new Map<string, (typeof routes)[number]>();
  // Percent-encoding makes no difference to where a path leads.
  for (const [path, samePath] of Map.groupBy(routes, ({ path }) => decodedPath(path))) {
    samePath.forEach((route, place) => {
      const first = samePath.slice(0, place).find((other) => overlaps(other, route));
      if (!first) return;
      const is = first.path === route.path ? "is already" : "is another spelling of";
      report({
        path: route.at,
        text: `${is} the path of server.http.routes[${first.index}]; remove one of the two`,
      });
    });
    if (samePath[0]) firsts.set(path, samePath[0]);
  }
  const aRoute: Message = ["the path of a route (", ...shownPaths([...firsts.values()]), ")"];
  const exclusions = { paths: http.exclude_routes ?? [], methods: http.exclude_methods ?? [] };
  for (const { list, index, excluded, closed } of exclusionProblems(routes, exclusions)) {
    const path = [...HTTP, list === "paths" ? "exclude_routes" : "exclude_methods", index];
    if (closed) {
      const methods = closed.methods === "any" ? "" : `${closed.methods.join(", ")} `;
      report({ path, text: [`would open ${methods}`, shown(closed), ", which needs a user; remove it"] });
    } else if (list === "paths") {
      report({ path, expected: aRoute, found: { value: excluded } });
    } else {
      report({
        path,
        text: ["opens nothing: no route has the method ", { at: path, value: excluded }, "; remove it"],
      });
    }
  }
}

/** `/a, /b and 2 more` */
function shownPaths(routes: readonly { readonly at: Path; readonly path: string }[]) {
  const first = routes.slice(0, LIMITS.routesShown);
  const more = routes.length - first.length;
  return [
    ...first.flatMap((one, place) => [place === 0 ? "" : ", ", shown(one)]),
    more > 0 ? ` and ${more} more` : "",
  ];
}

/** The methods and hosts that a proxy route sets for itself. */
function placeOf(route: object): Partial<Pick<Place, "methods" | "hosts">> {
  const { methods, host } = route as { methods?: readonly Method[] | null; host?: readonly string[] | null };
  return { ...(methods && { methods }), ...(host && { hosts: host.map((name) => hostName(name) ?? name) }) };
}

/** Whether two places with the same path answer some of the same requests. */
function overlaps(one: Omit<Place, "path">, other: Omit<Place, "path">): boolean {
  const [hosts, otherHosts] = [one.hosts ?? null, other.hosts ?? null];
  const sameHost = hosts === otherHosts || hosts?.some((host) => otherHosts?.includes(host));
  const { methods } = one;
  // A listed method comes before any method.
  const sameMethod =
    methods === "any" || other.methods === "any"
      ? methods === other.methods
      : methods.some((method) => (other.methods as readonly Method[]).includes(method));
  return Boolean(sameHost) && sameMethod;
}

function checkProxies({ routes, trusted_proxies }: Http, report: Report): void {
  if (trusted_proxies === undefined || trusted_proxies.length > 0) return;
  (routes ?? []).forEach((route, index) => {
    if (!route?.handler || !("needsProxies" in ROUTE_KINDS[route.handler])) return;
    const text = "answers trusted proxies only; add the address of the proxy to server.http.trusted_proxies";
    report({ path: [...ROUTES, index, "handler"], text });
  });
}

function shown({ at, path }: { readonly at: Path; readonly path: string }): ShownValue {
  return { at, value: path };
}

function checkListeners({ http, admin }: Listeners, { json, folder }: CheckedFile, report: Report): void {
  for (const [name, unix] of [
    ["http", http?.unix],
    ["admin", admin?.unix],
  ] as const) {
    if (!unix || !http?.reuse_port) continue;
    const text = "can't be shared as a port can; remove server.http.reuse_port";
    report({ path: ["server", name, "unix"], text });
  }
  if (!http || !admin) return;
  if (http.unix && admin.unix) {
    if (resolve(folder, http.unix) !== resolve(folder, admin.unix)) return;
    report({ path: ["server", "admin", "unix"], text: "must differ from server.http.unix" });
  } else if (http.unix === null && admin.unix === null && http.port && http.port === admin.port) {
    if (http.host === undefined || admin.host === undefined || areApart(http.host, admin.host)) return;
    const path = ["server", "admin", "port"];
    const text =
      json.valueAt(path) === undefined
        ? `defaults to ${http.port}, which server.http.port already uses; set another`
        : `must differ from server.http.port, was ${http.port}`;
    report({ path, text });
  }
}

/** Whether two hosts surely differ: two addresses, neither of which means all. */
function areApart(one: string, other: string): boolean {
  const isOne = (host: string) => isAddress(host) && !/^[0.:]+$/.test(host);
  return one !== other && isOne(one) && isOne(other);
}

const HTTP = ["server", "http"];
const ROUTES = [...HTTP, "routes"];
const TOKENS = [...HTTP, "allowed_tokens"];

// A route whose handler has a problem counts as one of the most common kind.
const UNKNOWN_KIND = { methods: ["GET"], needsUser: false } as const;
