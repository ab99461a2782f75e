import packageJson from "../../package.json" with { type: "json" };
import { buildAdmin, buildApp } from "../app.ts";
import { restartSettings } from "../config/restart-settings.ts";
import type { Config } from "../config/config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { certificateExpiry } from "../schema/pem.ts";
import { fetchLimit } from "./fetch-limit.ts";
import { descriptorWatch } from "./descriptor-watch.ts";
import { identify } from "../http/client.ts";
import type { Clock } from "../http/clock.ts";
import type { FetchHandler } from "../http/handler.ts";
import { keepAlive } from "../http/keep-alive.ts";
import { LIMITS } from "../limits.ts";
import { startListener, type Listener } from "../listen/listener.ts";
import { lineWriter } from "../observations/log/line-writer.ts";
import { logLine } from "../observations/log/log.ts";
import { metrics } from "../observations/metrics/metrics.ts";
import type { Observe } from "../observations/observation.ts";
import { refusalLimit } from "../observations/log/refusal-limit.ts";
import { sharedUpstreams } from "../routes/proxy/shared-upstreams.ts";
import type { Services } from "../routes/route-kind.ts";
import { adminRoutes, appRoutes, type RouteMaker } from "../routes/route-kinds.ts";
import { configStore, type ConfigStoreOptions } from "../stores/config-store.ts";
import { tokenIds } from "../tokens/token-ids.ts";
import { fillIndex, tokenIndex } from "../tokens/token-index.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { trackRequests } from "./track-requests.ts";

/** A running server. It does not keep its config, which may hold a million tokens. */
export interface Server {
  /** The addresses it listens on, with the actual port where the config says 0. */
  readonly url: string;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Requests whose answer has not been fully sent. */
  inFlight(): number;
  /**
   * Uses another config from the next request on, and reports the settings that need a restart. If it can't be used,
   * throws and keeps the previous one.
   */
  reload(config: Config): Promise<void>;
  /** Asks every client to reconnect with its answer, and answers health checks with 503. */
  drain(): void;
  /** Stops the listeners. Returns the number of requests that were cut off. */
  stop(deadline: number): Promise<number>;
  /** Writes the rest of the log, for at most `deadline` milliseconds. */
  closeLog(deadline: number): Promise<void>;
}

/** Makes the store of the tokens of a config. */
export type StoreMaker = (options: ConfigStoreOptions) => TokenStore;

/** Everything that a config determines, so that a reload swaps one variable. */
interface AppState {
  readonly serve: FetchHandler;
  readonly admin: FetchHandler;
  readonly observe: Observe;
  /** Logs the refusals that were counted so far. */
  readonly reportRefusals: () => void;
  readonly droppedLine: (lines: number) => string;
  /** The number of tokens. */
  readonly tokens: () => number;
  readonly store: TokenStore;
  /** Opens the store and loads its tokens. */
  readonly open: () => Promise<void>;
  /** Resolves when no request to `serve` is in progress. */
  readonly finished: () => Promise<void>;
}

/** Starts a server with a config. Throws a ListenError. */
export async function startServer(
  config: Config,
  routes: RouteMaker = appRoutes,
  makeStore: StoreMaker = configStore,
  clock: Clock = SYSTEM_CLOCK,
): Promise<Server> {
  // A reload can't change these.
  const { listen, admin } = config;
  let { tls } = listen;
  const listeners: Listener[] = [];
  const inFlight = () => sum(listeners.map((listener) => listener.inFlight()));
  const writer = lineWriter(STDOUT, (lines) => state.droppedLine(lines));
  // One for all configs: to Prometheus a counter that falls to 0 is a restart.
  const serverMetrics = metrics({
    version: packageJson.version,
    clock,
    inFlight,
    droppedLogLines: () => writer.dropped,
  });
  // One for all configs: ids last as long as the process.
  const ids = tokenIds();
  const descriptors = descriptorWatch(
    (observation) => observe(observation),
    clock,
    () => listeners.forEach((listener) => listener.closeIdle()),
  );
  // One for all listeners and configs, which share the event loop and the file descriptors.
  const sharedKeepAlive = keepAlive({
    turnRequests: LIMITS.turnRequests,
    turnTime: LIMITS.turnTime,
    idleSeconds: LIMITS.unauthenticatedIdleSeconds,
    descriptorsShort: descriptors.short,
  });
  const upstreamsOf = sharedUpstreams();
  const maxUpstreamRequests = fetchLimit();
  let draining = false;
  const build = ({ tokens, log, ...app }: Config): AppState => {
    const line = logLine(log, clock);
    const write: Observe = (observation) => {
      const text = line(observation);
      if (text !== null) writer.write(text);
    };
    const refusals = refusalLimit(log, write);
    const observe: Observe = (observation) => {
      serverMetrics.observe(observation);
      if (observation.kind !== "refused" || refusals.admits(observation)) write(observation);
    };
    const store = makeStore(tokens);
    const index = tokenIndex(ids);
    const readiness = () =>
      draining ? "draining" : store.state() === "connected" ? "ready" : "store_unavailable";
    const services: Services = {
      observe,
      readiness,
      metrics: serverMetrics.text,
      proto: listen.tls ? "https" : "http",
      tokenFrom: app.auth.tokenFrom,
      upstreams: upstreamsOf(Math.min(app.maxUpstreamRequests, maxUpstreamRequests)),
    };
    const exchangesOf = ({ unix, http2 }: ListenOptions) => ({
      observe,
      clock,
      keepAlive: sharedKeepAlive,
      maxWaiting: http2 ? LIMITS.waitingAnswers : null,
      identify: identify(app.trustedProxies, unix !== null),
      requestId: app.requestId,
    });
    return {
      ...trackRequests(buildApp(app, index, ids, routes(app.routes, services), exchangesOf(listen))),
      admin: buildAdmin(app.adminHost, adminRoutes(services), exchangesOf(admin ?? listen)),
      observe,
      reportRefusals: refusals.report,
      droppedLine: (lines) => line({ kind: "lines_dropped", lines }) ?? "",
      tokens: () => index.size,
      store,
      open: () => fillIndex(index, store),
    };
  };

  let state = build(config);
  const observe: Observe = (observation) => state.observe(observation);
  // The current store, and old ones whose requests are not over.
  const stores = new Set<TokenStore>();
  const open = async (opening: AppState) => {
    await opening.open();
    stores.add(opening.store);
  };
  const close = async (store: TokenStore) => {
    if (!stores.delete(store)) return;
    await store.close().catch((fault: unknown) => observe({ kind: "uncaught", fault }));
  };
  const retire = ({ finished, store }: AppState) => void finished().then(() => close(store));
  const stop = async (deadline: number) => {
    descriptors.stop();
    const cut = sum(await Promise.all(listeners.map((listener) => listener.stop(deadline))));
    await Promise.all([...stores].map(close));
    return cut;
  };
  const orStop = async <T>(starting: Promise<T>) => {
    try {
      return await starting;
    } catch (fault) {
      await stop(0);
      throw fault;
    }
  };
  const start = async (options: ListenOptions, serve: FetchHandler) => {
    const listener = await orStop(startListener(options, serve, observe));
    listeners.push(listener);
    return listener;
  };
  await orStop(open(state));
  // The admin listener first: if it fails, no client of a shared port has reached this server yet.
  const adminListener =
    admin &&
    (await start(admin, (request, connection, leave) => state.admin(request, connection, leave || draining)));
  const listener = await start(listen, (request, connection, leave) =>
    state.serve(request, connection, leave || draining),
  );
  const url = adminListener ? `${listener.url} and ${adminListener.url}` : listener.url;
  const name = `${packageJson.name} ${packageJson.version}`;
  observe({ kind: "started", name, url, tokens: state.tokens() });
  const reportCertificate = () => {
    if (tls) observe({ kind: "certificate", expires: certificateExpiry(tls.cert) });
  };
  const warn = ({ warnings }: Config) => {
    for (const text of warnings) observe({ kind: "warning", text });
  };
  reportCertificate();
  warn(config);

  return {
    url,
    clock,
    observe,
    inFlight,
    async reload(next) {
      const nextState = build(next);
      await open(nextState);
      const renewed = next.listen.tls;
      const before = state;
      state = nextState;
      if (tls && renewed && !Bun.deepEquals(tls, renewed)) {
        try {
          // If it can't be used it throws at once. Otherwise it takes a while, in which no removed token may be accepted.
          await listener.renew(renewed);
        } catch (fault) {
          state = before;
          retire(nextState);
          throw fault;
        }
        tls = renewed;
        reportCertificate();
      }
      retire(before);
      for (const setting of restartSettings({ listen, admin, maxUpstreamRequests }, next))
        observe({ kind: "restart_needed", setting });
      observe({ kind: "reloaded", tokens: state.tokens() });
      warn(next);
    },
    drain() {
      draining = true;
    },
    stop,
    closeLog(deadline) {
      state.reportRefusals();
      return writer.close(deadline);
    },
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

const STDOUT = 1;

/** The clock of the system. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), elapsed: () => performance.now() };
