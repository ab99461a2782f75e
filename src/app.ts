import { answer, type AnswerOptions } from "./answer.ts";
import { hostGuard, type HostGuardOptions } from "./guards/host-guard.ts";
import { sizeGuard, type SizeGuardOptions } from "./guards/size-guard.ts";
import { tokenAuthOfRoutes, type TokenAuthOptions } from "./guards/token-auth.ts";
import type { ErrorFormat } from "./http/error-content.ts";
import type { FetchHandler } from "./http/handler.ts";
import { pipeline } from "./http/pipeline.ts";
import { endpoints } from "./routes/endpoints.ts";
import type { Exclusions } from "./routes/exclusions.ts";
import type { AppRoute, RoutePlace } from "./routes/route-kind.ts";
import type { TokenIds } from "./tokens/token-ids.ts";
import type { TokenView } from "./tokens/token-index.ts";
import { userLoader, type UserLoaderOptions } from "./tokens/user-loader.ts";

/** Options for the guards that stand before every route. */
export interface AppOptions {
  readonly size: SizeGuardOptions;
  readonly auth: TokenAuthOptions;
  readonly exclusions: Exclusions;
  readonly tokens: UserLoaderOptions;
  /** The format of refusals and faults where a route sets none. */
  readonly errorFormat: ErrorFormat;
}

/** Options for `answer` that both listeners share. */
export type SharedAnswerOptions = Omit<AnswerOptions, "errorFormat">;

/** The whole server: a size guard, token auth with a user loader, and routes, in the order of time. */
export function buildApp(
  options: AppOptions,
  index: Pick<TokenView, "find">,
  ids: TokenIds,
  routes: readonly AppRoute[],
  exchanges: SharedAnswerOptions,
): FetchHandler {
  const users = userLoader(index, options.tokens);
  const guards = (place: RoutePlace | null) =>
    pipeline(place?.outermost)
      .through(hostGuard({ names: null }))
      .through(sizeGuard({ maxSize: place?.maxSize ?? options.size.maxSize }));
  const tokenAuth = tokenAuthOfRoutes(options.auth, users, ids);
  const auth = (place: RoutePlace | null) => guards(place).through(tokenAuth(place ?? {}));
  const find = endpoints(routes, options.exclusions, {
    open: (route) => guards(route).to(route.handler),
    closed: (route) => auth(route).to(route.handler),
    refused: (refusal, place) => auth(place).to(() => refusal),
  });
  return answer(find, { ...exchanges, errorFormat: options.errorFormat });
}

/** The admin listener: these routes, without a token, for requests to a known host. It accepts no content. */
export function buildAdmin(
  host: HostGuardOptions,
  routes: readonly AppRoute[],
  exchanges: SharedAnswerOptions,
): FetchHandler {
  const guards = pipeline()
    .through(hostGuard(host))
    .through(sizeGuard({ maxSize: 0 }));
  const everyPath = { paths: routes.map(({ path }) => path), methods: [] };
  const find = endpoints(routes, everyPath, {
    open: (route) => guards.to(route.handler),
    closed: ({ path }) => {
      throw new Error(`${path} needs a user, and the admin listener has none`);
    },
    refused: (refusal) => guards.to(() => refusal),
  });
  return answer(find, { ...exchanges, errorFormat: "simple" });
}
