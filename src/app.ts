import { answer, type Clock, type Serve } from "./answer.ts";
import { openRoutes } from "./guards/open-routes.ts";
import { sizeGuard, type SizeGuardOptions } from "./guards/size-guard.ts";
import { tokenAuth, type TokenAuthOptions, type UserContext } from "./guards/token-auth.ts";
import { pipeline } from "./http/pipeline.ts";
import { router } from "./http/router.ts";
import type { Observe } from "./observations/observation.ts";
import type { AppRoute } from "./routes/app-routes.ts";
import { excludedRoutes, type Exclusions } from "./routes/exclusions.ts";
import type { TokenStore } from "./tokens/token-store.ts";
import { userLoader } from "./tokens/user-loader.ts";

/** What each stage of the app has to know. */
export interface AppOptions {
  readonly size: SizeGuardOptions;
  readonly auth: TokenAuthOptions;
  readonly exclusions: Exclusions;
}

/** The whole server: a size guard, token auth with a user loader, and routes, in the order of time. */
export function buildApp(
  options: AppOptions,
  store: TokenStore,
  routes: readonly AppRoute[],
  observe: Observe,
  clock: Clock,
): Serve {
  const open = excludedRoutes(routes, options.exclusions);
  return answer(
    pipeline()
      .through(sizeGuard(options.size))
      .through(openRoutes(open))
      .through(tokenAuth(options.auth, userLoader(store)))
      .to(router<UserContext>(routes)),
    new Set(routes.map(({ path }) => path)),
    observe,
    clock,
  );
}
