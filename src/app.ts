import { answer, type AnswerOptions } from "./answer.ts";
import { hostGuard, type HostGuardOptions } from "./guards/host-guard.ts";
import { openRoutes } from "./guards/open-routes.ts";
import { sizeGuard, type SizeGuardOptions } from "./guards/size-guard.ts";
import { tokenAuth, type TokenAuthOptions, type UserContext } from "./guards/token-auth.ts";
import type { FetchHandler } from "./http/handler.ts";
import { pipeline } from "./http/pipeline.ts";
import { routePathFinder, router, type Route } from "./http/router.ts";
import type { AppRoute } from "./routes/route-kind.ts";
import { excludedRoutes, type Exclusions } from "./routes/exclusions.ts";
import type { TokenIds } from "./tokens/token-ids.ts";
import type { TokenIndex } from "./tokens/token-index.ts";
import { userLoader } from "./tokens/user-loader.ts";

/** Options for the guards that stand before every route. */
export interface AppOptions {
  readonly size: SizeGuardOptions;
  readonly auth: TokenAuthOptions;
  readonly exclusions: Exclusions;
}

/** Options for `answer` that the routes don't decide. */
export type ExchangeOptions = Omit<AnswerOptions, "routePath">;

/** The whole server: a size guard, token auth with a user loader, and routes, in the order of time. */
export function buildApp(
  options: AppOptions,
  index: TokenIndex,
  ids: TokenIds,
  routes: readonly AppRoute[],
  exchanges: ExchangeOptions,
): FetchHandler {
  const open = excludedRoutes(routes, options.exclusions);
  return answer(
    pipeline()
      .through(hostGuard({ names: null }))
      .through(sizeGuard(options.size))
      .through(openRoutes(open))
      .through(tokenAuth(options.auth, userLoader(index), ids))
      .to(router<UserContext>(routes)),
    { ...exchanges, routePath: routePathFinder(routes.map(({ path }) => path)) },
  );
}

/** The admin listener: these routes, without a token, for requests to a known host. It accepts no content. */
export function buildAdmin(
  host: HostGuardOptions,
  routes: readonly Route[],
  exchanges: ExchangeOptions,
): FetchHandler {
  return answer(
    pipeline()
      .through(hostGuard(host))
      .through(sizeGuard({ maxSize: 0 }))
      .to(router(routes)),
    { ...exchanges, routePath: routePathFinder(routes.map(({ path }) => path)) },
  );
}
