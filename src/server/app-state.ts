import { buildAdmin, buildApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { identify } from "../http/client.ts";
import type { Clock } from "../http/clock.ts";
import type { FetchHandler } from "../http/handler.ts";
import type { KeepAlive } from "../http/keep-alive.ts";
import { networksTest } from "../http/network.ts";
import { LIMITS } from "../limits.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { logLine } from "../observations/log/log.ts";
import { refusalLimit } from "../observations/log/refusal-limit.ts";
import type { Metrics } from "../observations/metrics/metrics.ts";
import type { TokenFacts } from "../observations/metrics/token-metrics.ts";
import type { Observe } from "../observations/observation.ts";
import type { Upstreams } from "../routes/proxy/shared-upstreams.ts";
import type { Services } from "../routes/route-kind.ts";
import { adminRoutes, type RouteMaker } from "../routes/route-kinds.ts";
import type { TokenView } from "../tokens/token-index.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import { isStaleStore, withdrawal } from "../tokens/user-loader.ts";
import type { OpenAnswers } from "./open-answers.ts";
import { tokenCounts } from "./token-counts.ts";
import type { ConfigSources, TokenSources } from "./token-sources.ts";
import { trackRequests } from "./track-requests.ts";

/** Everything that a config determines, so that a reload swaps one variable. */
export interface AppState {
  readonly serve: FetchHandler;
  readonly admin: FetchHandler;
  readonly observe: Observe;
  /** Logs the refusals that were counted so far. */
  readonly reportRefusals: () => void;
  readonly droppedLine: (lines: number) => string;
  readonly index: TokenView;
  /** What the metrics show of the tokens. */
  readonly tokens: () => TokenFacts;
  /** Why the token of an exchange in progress would be refused now, or null. */
  readonly withdrawal: ReturnType<typeof withdrawal>;
  /** Opens the stores and loads their tokens. */
  readonly open: ConfigSources["open"];
  /** Closes the stores that no other config uses. */
  readonly release: ConfigSources["release"];
  /** Resolves when no request to `serve` is in progress. */
  readonly finished: () => Promise<void>;
}

/** What is the same for all configs of a server. */
export interface SharedParts {
  readonly clock: Clock;
  /** To Prometheus a counter that falls to 0 is a restart. */
  readonly metrics: Metrics;
  /** Ids last as long as the process. */
  readonly ids: TokenIds;
  /** All listeners share the event loop and the file descriptors. */
  readonly keepAlive: KeepAlive;
  /** What the routes of a config get that may have this many requests at upstreams. */
  readonly upstreams: (max: number) => Upstreams;
  readonly isDraining: () => boolean;
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
  readonly routes: RouteMaker;
  readonly sources: TokenSources;
  /** Called with each answer, and wait for one, that takes time, of a request with a user. */
  readonly opened: OpenAnswers["add"];
  /** A reload can't change where the server listens. */
  readonly listen: ListenOptions;
  readonly admin: ListenOptions | null;
}

/** Makes the state of a config. Its store is not open yet. */
export function appState(
  { tokens, tokenStore, staleFor, log, ...app }: Config,
  shared: SharedParts,
): AppState {
  const { clock, ids, listen, admin } = shared;
  const line = logLine(log, clock);
  const write: Observe = (observation) => {
    const text = line(observation);
    if (text !== null) shared.write(text);
  };
  const refusals = refusalLimit(log, write);
  const observe: Observe = (observation) => {
    shared.metrics.observe(observation);
    if (observation.kind !== "refused" || refusals.admits(observation)) write(observation);
  };
  const sources = shared.sources.of({ tokens, tokenStore });
  const { index, store, database } = sources;
  const now = () => clock.now();
  const elapsed = () => clock.elapsed();
  const readiness = () => {
    if (shared.isDraining()) return "draining";
    const state = store.state();
    if (!state.loaded || isStaleStore(state, elapsed(), staleFor)) return "store_unavailable";
    return state.kind === "connected" ? "ready" : "store_away";
  };
  const services: Services = {
    observe,
    readiness,
    storeName: tokenStore?.shown ?? null,
    metrics: shared.metrics.text,
    proto: listen.tls ? "https" : "http",
    tokenFrom: app.auth.tokenFrom,
    upstreams: shared.upstreams(app.maxUpstreamRequests),
    opened: shared.opened,
  };
  const exchangesOf = ({ unix, http2 }: ListenOptions) => ({
    observe,
    clock,
    keepAlive: shared.keepAlive,
    maxWaiting: http2 ? LIMITS.waitingAnswers : null,
    identify: identify(app.trustedProxies, unix !== null),
    requestId: app.requestId,
    opened: shared.opened,
  });
  const loading = {
    ...{ now, elapsed, isWithin: networksTest(), store, staleFor },
    ...(database !== null && { noteUse: database.noteUse }),
  };
  const counts = tokenCounts(index, now);
  const routes = shared.routes(app.routes, services);
  return {
    ...trackRequests(buildApp({ ...app, tokens: loading }, index, ids, routes, exchangesOf(listen))),
    admin: buildAdmin(app.adminHost, adminRoutes(services), exchangesOf(admin ?? listen)),
    observe,
    reportRefusals: refusals.report,
    droppedLine: (lines) => line({ kind: "lines_dropped", lines }) ?? "",
    index,
    tokens: () => ({
      ...counts(),
      indexSize: index.size,
      store: database && { isUp: store.state().kind === "connected", lastChange: database.lastChange() },
    }),
    withdrawal: withdrawal(index, loading),
    open: sources.open,
    release: sources.release,
  };
}
