import { buildApp, type AppOptions } from "../../src/app.ts";
import { identify, type Identify } from "../../src/http/client.ts";
import type { FetchHandler } from "../../src/http/handler.ts";
import type { KeepAlive } from "../../src/http/keep-alive.ts";
import { clockOf } from "./clock.ts";
import { NO_CONNECTION } from "./exchange.ts";
import { loadingOf } from "./loading.ts";
import { servicesOf } from "./services.ts";
import type { Observation, Observe } from "../../src/observations/observation.ts";
import type { AppRoute, Services } from "../../src/routes/route-kind.ts";
import { appRoutes } from "../../src/routes/route-kinds.ts";
import { digestToken } from "../../src/tokens/token.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { tokenIndex } from "../../src/tokens/token-index.ts";

/** What a test sets apart from the seed's own config. */
export interface TestAppOptions extends Partial<Omit<AppOptions, "tokens">> {
  readonly tokens?: readonly string[];
  readonly routes?: (around: Services) => readonly AppRoute[];
  readonly identify?: Identify;
  /** More tokens. */
  readonly records?: readonly TokenRecord[];
}

/** The whole app without a socket, and what was observed of it. */
export interface TestApp {
  readonly serve: FetchHandler;
  readonly observations: Observation[];
  send(path: string, init?: RequestInit): Promise<Response>;
}

/** The app as the seed's config makes it, but for the options given. Time stands still. */
export function testApp({
  tokens = ["token1", "token2"],
  records = [],
  ...options
}: TestAppOptions = {}): TestApp {
  const observations: Observation[] = [];
  const observe: Observe = (observation) => void observations.push(observation);
  const around = servicesOf({ observe });
  const index = tokenIndex(IDS);
  index.apply(tokens.map((token) => ({ digest: digestToken(token), user: null })));
  index.apply(records);
  const serve = buildApp(
    {
      size: { maxSize: 1048576 },
      auth: { schemes: ["Token"], tokenFrom: [{ kind: "authorization" }] },
      exclusions: { paths: [], methods: [] },
      errorFormat: "simple",
      tokens: loadingOf(),
      ...options,
    },
    index,
    IDS,
    options.routes ? options.routes(around) : appRoutes([{ path: "/ping", handler: "ping" }], around),
    {
      observe,
      clock: clockOf(),
      identify: options.identify ?? identify([], true),
      requestId: options.identify !== undefined,
      keepAlive: KEEP_ALIVE,
      maxWaiting: null,
    },
  );
  return {
    serve,
    observations,
    send: async (path, init) => await serve(new Request(`http://localhost${path}`, init), NO_CONNECTION),
  };
}

/** Closes no connection. */
export const KEEP_ALIVE: KeepAlive = { count: () => {}, closeReason: () => null };

/** Ids that are the same in every run. */
export const IDS = tokenIds(new Uint8Array(32));

/** The id of the user of the seed's first token, in a test app. */
export const TOKEN1_ID = IDS.userId(digestToken("token1"));

/** A header with the seed's first token. */
export const TOKEN1 = { Authorization: "Token token1" };

/** Status, headers (names in lower case, `date` left out) and content: all of an answer, for one comparison. */
export async function whole(response: Response) {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "date"));
  return { status: response.status, headers, content: await response.text() };
}

/** What `whole` gives for a refusal with this status, text and headers. */
export function refused(status: number, text: string, headers: Record<string, string> = {}) {
  return {
    status,
    headers: { "content-type": "application/json;charset=utf-8", ...headers },
    content: JSON.stringify({ text, status: "error" }),
  };
}
