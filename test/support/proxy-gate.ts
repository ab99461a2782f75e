import { buildApp } from "../../src/app.ts";
import { identify, type Identify } from "../../src/http/client.ts";
import type { FetchHandler } from "../../src/http/handler.ts";
import type { KeepAlive } from "../../src/http/keep-alive.ts";
import { startListener } from "../../src/listen/listener.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { routeOf } from "../../src/routes/route-kind.ts";
import { proxy } from "../../src/routes/proxy/proxy.ts";
import { sharedUpstreams, type Upstreams } from "../../src/routes/proxy/shared-upstreams.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import { patiently, rawClient, type RawConnection } from "./raw-connection.ts";
import { listenOn } from "./seed-config.ts";
import { loadingOf } from "./loading.ts";
import { servicesOf } from "./services.ts";

/** An exchange that is over. */
type Over = Extract<Observation, { exchange: unknown }>;

/** A listener in this process with one open proxy route, by default for every path. */
export interface ProxyGate {
  readonly url: string;
  /** Requests that the limit counts now. */
  counted(): number;
  /** Seconds of idle time that were set, in order. */
  readonly idles: number[];
  /** Waits until what was set last is this. */
  idle(seconds: number): Promise<void>;
  /** Waits until the gate has looked at its clock so often: when a request came, and when the head of its answer did. */
  looked(times: number): Promise<void>;
  /** Observations that are no exchange: none is expected. */
  readonly others: Observation[];
  client(): Promise<RawConnection>;
  /** Waits for the next exchange that is over. */
  over(): Promise<Over>;
  stop(): Promise<void>;
}

/** What can be set of one: the settings of its route, and how many requests may be at upstreams. */
export interface ProxyGateOptions {
  readonly route?: object;
  readonly max?: number;
  readonly maxSize?: number;
  readonly keepAlive?: KeepAlive;
  readonly identify?: Identify;
}

/** Starts one in front of an upstream. */
export async function proxyGate(upstream: string, options: ProxyGateOptions = {}): Promise<ProxyGate> {
  const { route = {}, max = 100, maxSize = 10_000_000 } = options;
  const { limit, to } = sharedUpstreams()(max);
  let counted = 0;
  const upstreams: Upstreams = {
    to,
    limit: {
      max,
      enter: (hasUser) => limit.enter(hasUser) && (counted += 1) > 0,
      leave() {
        counted -= 1;
        limit.leave();
      },
    },
  };
  const made = routeOf(
    proxy,
    optionsOf({ path: "/*", proxy: upstream, ...route }),
    servicesOf({ upstreams }),
  );
  const ids = tokenIds();
  let looks = 0;
  let wakeLook = () => {};
  const elapsed = () => {
    looks += 1;
    wakeLook();
    return performance.now();
  };
  const overs: Over[] = [];
  const others: Observation[] = [];
  let wake = () => {};
  const observe = (observation: Observation) => {
    if (!("exchange" in observation)) return void others.push(observation);
    overs.push(observation);
    wake();
  };
  const serve = buildApp(
    {
      size: { maxSize },
      auth: { schemes: ["Token"], tokenFrom: [{ kind: "authorization" }] },
      errorFormat: "simple",
      exclusions: { paths: [made.path], methods: [] },
      tokens: loadingOf(),
    },
    tokenIndex(ids),
    ids,
    [made],
    {
      observe,
      clock: { elapsed },
      identify: options.identify ?? identify([], false),
      requestId: false,
      keepAlive: options.keepAlive ?? { count: () => {}, closeReason: () => null },
      maxWaiting: null,
    },
  );
  const idles: number[] = [];
  let wakeIdle = () => {};
  const noting: FetchHandler = (request, connection, leave) =>
    serve(
      request,
      {
        requestIP: (of) => connection.requestIP(of),
        upgrade: (of, how) => connection.upgrade(of, how),
        timeout(of, seconds) {
          idles.push(seconds);
          wakeIdle();
          connection.timeout(of, seconds);
        },
        get pendingRequests() {
          return connection.pendingRequests;
        },
      },
      leave,
    );
  const listener = await startListener(listenOn(), noting, (observation) => others.push(observation));
  return {
    url: listener.url,
    counted: () => counted,
    idles,
    async idle(seconds) {
      while (idles.at(-1) !== seconds) {
        const next = new Promise<void>((resolve) => (wakeIdle = resolve));
        await patiently(next, () => `${idles.at(-1)} was set last`);
      }
    },
    async looked(times) {
      while (looks < times) {
        const next = new Promise<void>((resolve) => (wakeLook = resolve));
        await patiently(next, () => `the gate looked ${looks} times`);
      }
      looks = 0;
    },
    others,
    client: () => rawClient(Number(new URL(listener.url).port)),
    async over() {
      while (overs.length === 0) {
        const next = new Promise<void>((resolve) => (wake = resolve));
        await patiently(next, () => "no exchange is over");
      }
      looks = 0;
      return overs.shift() as Over;
    },
    stop: async () => void (await listener.stop(0)),
  };
}

/** The options of a route as config.json would set it. */
function optionsOf(route: object): Parameters<typeof proxy.create>[0] {
  const problems: unknown[] = [];
  const context = { report: (problem: unknown) => void problems.push(problem), resolve: () => undefined };
  const value = { server: { http: { allowed_tokens: [], routes: [route] } } };
  const [read] = SETTINGS.read(value, [], context)?.server?.http?.routes ?? [];
  if (read === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return read as Parameters<typeof proxy.create>[0];
}
