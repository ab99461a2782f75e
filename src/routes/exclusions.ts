import { includesMethod, type Method, type Methods } from "../http/methods.ts";
import type { AppRoute, OpenRoute } from "./route-kind.ts";

/** What is served without a token: these paths, and every route with one of these methods. */
export interface Exclusions {
  readonly paths: readonly string[];
  readonly methods: readonly Method[];
}

/** An exclusion that opens nothing, or would open a route that needs a user. */
export interface ExclusionProblem<R> {
  readonly list: keyof Exclusions;
  readonly index: number;
  readonly excluded: string;
  /** The route that needs a user; null where no route is excluded. */
  readonly closed: R | null;
}

/** Exclusions some of which may have problems of their own. */
export type SoundExclusions = {
  readonly [L in keyof Exclusions]: readonly (Exclusions[L][number] | undefined)[];
};

/** What exclusions depend on. */
export interface RouteFacts {
  readonly path: string;
  readonly methods: Methods;
  readonly needsUser?: boolean;
}

/** The parts of a route that are open and closed, each with its methods; null where there is no such part. */
export interface RouteParts {
  readonly open: OpenRoute | null;
  readonly closed: AppRoute | null;
}

/** Splits a route into what is served without a token and the rest. */
export function splitRoute(route: AppRoute, { paths, methods }: Exclusions): RouteParts {
  if (route.needsUser) return { open: null, closed: route };
  if (paths.includes(route.path)) return { open: route, closed: null };
  const open = [...new Set(methods)].filter((method) => includesMethod(route.methods, method));
  if (open.length === 0) return { open: null, closed: route };
  const rest =
    route.methods === "any" ? route.methods : route.methods.filter((method) => !includesMethod(open, method));
  return {
    open: { ...route, methods: open },
    closed: rest.length === 0 ? null : { ...route, methods: rest },
  };
}

/** Finds the exclusions that no route has, and those that would open a route that needs a user. */
export function exclusionProblems<R extends RouteFacts>(
  routes: readonly R[],
  { paths, methods }: SoundExclusions,
): ExclusionProblem<R>[] {
  const judge = <E extends string>(
    list: keyof Exclusions,
    exclusions: readonly (E | undefined)[],
    includes: (route: R, excluded: E) => boolean,
  ) =>
    exclusions.flatMap((excluded, index) => {
      if (excluded === undefined) return [];
      const opened = routes.filter((route) => includes(route, excluded));
      const closed = opened.length === 0 ? [null] : opened.filter(({ needsUser }) => needsUser);
      return closed.map((route) => ({ list, index, excluded, closed: route }));
    });
  return [
    ...judge("paths", paths, ({ path }, excluded) => path === excluded),
    ...judge("methods", methods, (route, excluded) => {
      // Excluding OPTIONS is not meant for a verify route, which answers any method.
      return !(route.needsUser && route.methods === "any") && includesMethod(route.methods, excluded);
    }),
  ];
}
