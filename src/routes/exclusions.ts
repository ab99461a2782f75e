import type { Route } from "../http/router.ts";
import type { AppRoute } from "./route-kinds.ts";

/** What is served without a token: these paths, and every route with one of these methods. */
export interface Exclusions {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
}

/** A member of the exclusions that can't be granted. */
export interface ExclusionProblem {
  readonly list: keyof Exclusions;
  readonly index: number;
  readonly text: string;
}

/** The routes that the exclusions open. HEAD is open wherever GET is. */
export function excludedRoutes(routes: readonly AppRoute[], { paths, methods }: Exclusions): Route[] {
  return routes.flatMap((route): Route[] => {
    if (route.needsUser) return [];
    if (paths.includes(route.path) || methods.includes(route.method)) return [route];
    return methods.includes("HEAD") && route.method === "GET" ? [{ ...route, method: "HEAD" }] : [];
  });
}

/** Finds paths that are no route's, and routes that would lose the user they need. */
export function exclusionProblems(
  routes: readonly AppRoute[],
  { paths, methods }: Exclusions,
): ExclusionProblem[] {
  const known = [...new Set(routes.map((route) => route.path))];
  const faults: ExclusionProblem[] = [];
  const judge = (list: keyof Exclusions, index: number, reached: readonly AppRoute[]) => {
    for (const { method, path, needsUser } of reached) {
      if (needsUser) faults.push({ list, index, text: `would open ${method} ${path}, which needs a user` });
    }
  };
  for (const [index, path] of paths.entries()) {
    if (!known.includes(path)) {
      faults.push({
        list: "paths",
        index,
        text: `must be the path of a route (${known.join(", ")}), was ${JSON.stringify(path)}`,
      });
    }
    judge(
      "paths",
      index,
      routes.filter((route) => route.path === path),
    );
  }
  for (const [index, method] of methods.entries()) {
    const reached = routes.filter(
      (route) => route.method === method || (method === "HEAD" && route.method === "GET"),
    );
    if (reached.length === 0) {
      faults.push({ list: "methods", index, text: `opens nothing: no route has the method ${method}` });
    }
    judge("methods", index, reached);
  }
  return faults;
}
