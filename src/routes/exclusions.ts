import { includesMethod, type Method, type Methods } from "../http/methods.ts";
import type { Route } from "../http/router.ts";
import type { AppRoute } from "./route-kind.ts";

/** What is served without a token: these paths, and every route with one of these methods. */
export interface Exclusions {
  readonly paths: readonly string[];
  readonly methods: readonly Method[];
}

/** An exclusion that has no effect, or would open a route that needs a user. */
export interface ExclusionProblem {
  readonly list: keyof Exclusions;
  readonly index: number;
  readonly text: string;
}

/** What exclusions are judged by. */
export interface RouteFacts {
  readonly path: string;
  readonly methods: Methods;
  readonly needsUser?: boolean;
}

/** The routes that the exclusions open, each with the methods that are open. */
export function excludedRoutes(routes: readonly AppRoute[], { paths, methods }: Exclusions): Route[] {
  return routes.flatMap((route): Route[] => {
    if (route.needsUser) return [];
    if (paths.includes(route.path)) return [route];
    const open = [...new Set(methods)].filter((method) => includesMethod(route.methods, method));
    return open.length > 0 ? [{ ...route, methods: open }] : [];
  });
}

/** Finds the exclusions that no route has, and those that would open a route that needs a user. */
export function exclusionProblems(
  routes: readonly RouteFacts[],
  { paths, methods }: Exclusions,
): ExclusionProblem[] {
  const known = [...new Set(routes.map(({ path }) => path))].join(", ");
  const judge = (
    list: keyof Exclusions,
    index: number,
    isOpened: (route: RouteFacts) => boolean,
    nothing: string,
  ): ExclusionProblem[] => {
    const opened = routes.filter(isOpened);
    const texts = opened.length > 0 ? opened.filter(({ needsUser }) => needsUser).map(wouldOpen) : [nothing];
    return texts.map((text) => ({ list, index, text }));
  };
  return [
    ...paths.flatMap((path, index) => {
      const nothing = `must be the path of a route (${known}), was ${JSON.stringify(path)}`;
      return judge("paths", index, (route) => route.path === path, nothing);
    }),
    ...methods.flatMap((method, index) => {
      const nothing = `opens nothing: no route has the method ${method}`;
      return judge("methods", index, (route) => includesMethod(route.methods, method), nothing);
    }),
  ];
}

function wouldOpen({ path, methods }: RouteFacts): string {
  return `would open ${methods === "any" ? "" : `${methods.join(", ")} `}${path}, which needs a user`;
}
