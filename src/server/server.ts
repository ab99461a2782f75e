import packageJson from "../../package.json" with { type: "json" };
import { restartSettings } from "../config/restart-settings.ts";
import type { Config } from "../config/config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { certificateExpiry } from "../schema/pem.ts";
import { appState, type AppState } from "./app-state.ts";
import { expiryNotices } from "./expiry-notices.ts";
import { openAnswers } from "./open-answers.ts";
import { tokenSources, type StoreMakers } from "./token-sources.ts";
import { descriptorWatch } from "./descriptor-watch.ts";
import type { Clock } from "../http/clock.ts";
import type { FetchHandler } from "../http/handler.ts";
import { keepAlive } from "../http/keep-alive.ts";
import { LIMITS } from "../limits.ts";
import { startListener, type Listener } from "../listen/listener.ts";
import { lineWriter } from "../observations/log/line-writer.ts";
import { metrics } from "../observations/metrics/metrics.ts";
import type { Observe } from "../observations/observation.ts";
import { sharedUpstreams } from "../routes/proxy/shared-upstreams.ts";
import { appRoutes, type RouteMaker } from "../routes/route-kinds.ts";
import { configStore } from "../stores/config-store.ts";
import { tokenIds } from "../tokens/token-ids.ts";
import { tokenStore } from "../stores/open-store.ts";

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

/** Starts a server with a config. Throws a ListenError. */
export async function startServer(
  config: Config,
  routes: RouteMaker = appRoutes,
  stores: Partial<StoreMakers> = {},
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
    tokens: () => state.tokens(),
  });
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
  const ids = tokenIds();
  const observe: Observe = (observation) => state.observe(observation);
  // An answer may be older than the current config, which judges its token nevertheless.
  const answers = openAnswers((exchange) => exchange.digest && state.withdrawal(exchange.digest, exchange));
  const sources = tokenSources(
    { config: configStore, database: tokenStore, ...stores },
    { ids, clock, observe, changed: answers.review },
  );
  const expiring = expiryNotices(
    () => state.index,
    observe,
    () => clock.now(),
  );
  const upstreams = sharedUpstreams(descriptors.short);
  let draining = false;
  const build = (built: Config) =>
    appState(built, {
      clock,
      metrics: serverMetrics,
      ids,
      keepAlive: sharedKeepAlive,
      upstreams,
      isDraining: () => draining,
      write: writer.write,
      routes,
      sources,
      opened: answers.add,
      listen,
      admin,
    });

  let state = build(config);
  const notices = setInterval(expiring.look, LIMITS.tokenNoticeInterval).unref();
  const retire = ({ finished, release }: AppState) => void finished().then(release);
  const stop = async (deadline: number) => {
    descriptors.stop();
    const cut = sum(await Promise.all(listeners.map((listener) => listener.stop(deadline))));
    clearInterval(notices);
    await sources.close();
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
  await orStop(state.open());
  // The admin listener first: if it fails, no client of a shared port has reached this server yet.
  const adminListener =
    admin &&
    (await start(admin, (request, connection, leave) => state.admin(request, connection, leave || draining)));
  const listener = await start(listen, (request, connection, leave) =>
    state.serve(request, connection, leave || draining),
  );
  const url = adminListener ? `${listener.url} and ${adminListener.url}` : listener.url;
  const name = `${packageJson.name} ${packageJson.version}`;
  observe({ kind: "started", name, url, tokens: state.index.size });
  const reportCertificate = () => {
    if (tls) observe({ kind: "certificate", expires: certificateExpiry(tls.cert) });
  };
  const warn = ({ warnings }: Config) => {
    for (const text of warnings) observe({ kind: "warning", text });
  };
  reportCertificate();
  warn(config);
  expiring.look();

  return {
    url,
    clock,
    observe,
    inFlight,
    async reload(next) {
      const nextState = build(next);
      await nextState.open();
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
      for (const setting of restartSettings({ listen, admin }, next))
        observe({ kind: "restart_needed", setting });
      observe({ kind: "reloaded", tokens: state.index.size });
      warn(next);
      answers.review();
      expiring.look();
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
