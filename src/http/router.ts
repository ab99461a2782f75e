import type { Methods } from "./methods.ts";
import { decodedPath } from "./path.ts";

/** Which requests a route answers. */
export interface Place {
  readonly methods: Methods;
  /** Normalised, percent-encoded; exact, or a folder and everything below it where it ends in `/*`. */
  readonly path: string;
  /** The names of hosts, in lower case; by default every host. */
  readonly hosts?: readonly string[] | null;
}

/** Options for `router`. */
export interface RouterOptions<P extends Place, T> {
  readonly places: readonly P[];
  /** What a request to a place leads to. */
  readonly target: (place: P) => T;
  /** What a request with another method leads to. `place` is the first one at this path. */
  readonly notAllowed: (place: P, allow: string) => T;
  /** What all other requests lead to. */
  readonly unknown: T;
}

/** Finds where a request leads. `host` is a name in lower case without a port, or null. */
export type Router<T> = (method: string, path: string, host: string | null) => T;

/**
 * Makes a router. Places for the request's host come first, then those for every host. Among them the exact path wins, then
 * the innermost folder; percent-encoding makes no difference. The method is considered last: HEAD follows GET (RFC 9110
 * 9.3.2), and a listed method comes before "any". Throws if two places have the same host, path and method.
 */
export function router<P extends Place, T>(options: RouterOptions<P, T>): Router<T> {
  const everyHost = pathTable(
    options.places.filter(({ hosts }) => !hosts),
    options,
  );
  const names = new Set(options.places.flatMap(({ hosts }) => hosts ?? []));
  const { unknown } = options;
  if (names.size === 0) return (method, path) => everyHost(path)?.(method) ?? unknown;
  const byHost = new Map(
    [...names].map((name) => [
      name,
      pathTable(
        options.places.filter(({ hosts }) => hosts?.includes(name)),
        options,
      ),
    ]),
  );
  return (method, path, host) => {
    const ofHost = host === null ? undefined : byHost.get(host);
    return (ofHost?.(path) ?? everyHost(path))?.(method) ?? unknown;
  };
}

/** Finds what answers at a path. */
function pathTable<P extends Place, T>(
  places: readonly P[],
  options: RouterOptions<P, T>,
): (path: string) => ((method: string) => T) | undefined {
  const tables = new Map(
    Map.groupBy(places, ({ path }) => decodedPath(path))
      .entries()
      .map(([path, at]) => [path, methodTable(at, options)]),
  );
  const exact = new Map<string, (method: string) => T>();
  const folders: { readonly start: string; readonly table: (method: string) => T }[] = [];
  for (const [path, table] of tables) {
    if (!path.endsWith("/*")) exact.set(path, table);
    else folders.push({ start: path.slice(0, -1), table });
  }
  folders.sort((one, other) => other.start.length - one.start.length);
  // A folder also matches without its slash, unless that is a route of its own.
  for (const { start, table } of folders) {
    const folder = start.slice(0, -1);
    if (folder !== "" && !exact.has(folder)) exact.set(folder, table);
  }
  const find = (path: string) =>
    exact.get(path) ?? folders.find(({ start }) => path.startsWith(start))?.table;
  return (path) => (path.includes("%") ? find(decodedPath(path)) : find(path));
}

function methodTable<P extends Place, T>(
  places: readonly P[],
  { target, notAllowed }: RouterOptions<P, T>,
): (method: string) => T {
  const targets = new Map<string, T>();
  for (const place of places) {
    const made = target(place);
    for (const method of place.methods === "any" ? [ANY] : place.methods) {
      if (targets.has(method)) throw new Error(`two routes for ${method} ${place.path}`);
      targets.set(method, made);
    }
  }
  const head = targets.get("HEAD") ?? targets.get("GET");
  if (head !== undefined) targets.set("HEAD", head);
  const first = places[0] as P;
  const rest = targets.get(ANY) ?? notAllowed(first, [...targets.keys()].join(", "));
  return (method) => targets.get(method) ?? rest;
}

const ANY = "any";
