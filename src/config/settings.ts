import { isScheme } from "../http/authorization.ts";
import { hostName } from "../http/host.ts";
import { isNetwork } from "../http/network.ts";
import { METHODS } from "../http/methods.ts";
import { LEVELS, LOGGERS } from "../observations/log/levels.ts";
import { routeSetting } from "../routes/route-kinds.ts";
import { errorFormatType, tokenFromType } from "../routes/token-settings.ts";
import { group, list, object } from "../schema/composites.ts";
import { distinct } from "../schema/distinct.ts";
import { oneOrList } from "../schema/one-or-list.ts";
import { absent, optional, required, requiredUnless, type SettingType } from "../schema/schema.ts";
import { host } from "./host.ts";
import { anyText, integer, oneOf, seconds, secret, text, boolean } from "../schema/scalars.ts";
import { certificates, keyPair, privateKey } from "../schema/pem.ts";
import { STORE_URL_FORMS, storeUrl, storeUrlProblem } from "../stores/store-url.ts";
import { tokenEntry } from "./token-entry.ts";

const path = text('a path that starts with "/"', /^\/[!-"$->@-~]*$/);
const file = text("the name of a file", /^[^\x00]+$/);
const mode = text("a mode in octal, such as 0660", /^0?[0-7]{3}$/);
const network = text("an address, a network such as 10.0.0.0/8, or unix", isNetwork);
const scheme = text("one word, such as Token or Bearer", isScheme);
const schemes = distinct(oneOrList(scheme, "schemes"), (one) => one.toLowerCase());

/** The URL of a store. Its password is not shown, and nothing of what is not a URL. */
const store: SettingType<string> = {
  ...secret(STORE_URL_FORMS, /^[A-Za-z]+:./, storeUrlProblem),
  shown: (url) => storeUrl(url, "").shown,
};

const hostWithoutPort = text(
  "a host name without a port, such as gate.internal",
  (value) => hostName(value) === value.toLowerCase(),
);

const loggerLevel = object({
  logger: required(oneOf(LOGGERS), "The logger."),
  level: required(oneOf(LEVELS), "The minimum level it writes."),
});

const port = integer("a port from 0 to 65535", 0, 65535);
const bytes = integer("a number of bytes (1 MB is 1048576)", 0, Number.MAX_SAFE_INTEGER);

const tls = keyPair(
  object({
    cert: required(certificates, "The certificate, followed by its chain."),
    key: required(privateKey, "Its private key, not encrypted."),
    client_ca: absent(
      certificates,
      "The authorities that sign the certificates of clients; by default clients need none.",
    ),
  }),
);

/** Where a listener listens. */
const address = (defaultPort: number) => ({
  host: optional(host, "127.0.0.1", "The name or address to listen on."),
  port: optional(port, defaultPort, "The port to listen on; 0 takes a free one."),
  unix: absent(
    file,
    "The Unix socket to listen on instead of host and port, relative to the folder of this file.",
  ),
  unix_mode: optional(mode, "0660", "Who may connect to the Unix socket."),
});

const http = {
  ...address(8000),
  reuse_port: optional(
    boolean,
    false,
    "Lets the next process listen on the same ports, including the admin port, before this one has stopped.",
  ),
  tls: absent(tls, "Serves HTTPS."),
  http2: optional(boolean, false, "Serves HTTP/2 besides HTTP/1.1."),
  request_max_size: optional(bytes, 1048576, "The maximum size of a request's content."),
  allowed_tokens: requiredUnless(
    "token_store",
    list(tokenEntry, "tokens"),
    [],
    "The tokens that are accepted, each a string, or an object with a name or a digest. An empty list accepts none.",
  ),
  token_store: absent(
    store,
    "The store of [more tokens](#tokens-in-a-store), which can change while the server runs; FILE is relative to the folder of this file.",
  ),
  stale_for: absent(
    seconds(31_536_000),
    "How long the tokens of token_store are accepted while it can't be reached; by default for ever.",
  ),
  auth_scheme: optional(
    schemes,
    ["Token"],
    "The schemes of the Authorization header; Bearer follows RFC 6750.",
  ),
  token_from: optional(
    tokenFromType,
    ["authorization"],
    "What may [carry a token](#carriers-of-a-token), in the order in which it is looked for.",
  ),
  error_format: optional(
    errorFormatType,
    "simple",
    "The format of refusals; openai adds the error object without which OpenAI's clients show no text.",
  ),
  exclude_routes: optional(list(path, "paths"), [], "Paths of routes that are served without a token."),
  exclude_methods: optional(
    list(oneOf(METHODS), "methods"),
    [],
    "Methods whose requests are served without a token.",
  ),
  routes: optional(
    list(routeSetting, "objects with a path and a handler or proxy"),
    [{ path: "/ping", handler: "ping" }],
    "What answers at which path.",
  ),
  max_upstream_requests: optional(
    integer("a number of requests from 1 to 60000", 1, 60_000),
    1000,
    "The maximum number of requests and WebSockets at upstreams at a time; others are refused with 503. Requests without a token may use three quarters of it.",
  ),
  trusted_proxies: optional(
    list(network, "addresses and networks, or unix"),
    [],
    "The proxies that are trusted to report their clients, by X-Forwarded-For and X-Request-Id.",
  ),
  request_id: absent(
    boolean,
    "Whether every answer carries X-Request-Id, on both listeners; by default only with the JSON log.",
  ),
};

const admin = {
  ...address(8001),
  hosts: optional(
    list(hostWithoutPort, "host names"),
    [],
    "The names that a Host header may have besides localhost and IP addresses; others are refused.",
  ),
};

const shutdown = {
  drain: optional(
    seconds(3600),
    0.5,
    "How long clients are asked to leave after SIGTERM before the server stops.",
  ),
  deadline: optional(seconds(3600), 10, "How long requests in flight may then take before they are cut off."),
};

const log = {
  level: optional(
    list(loggerLevel, "objects with a logger and a level"),
    [],
    "The level of each logger; by default that of its parent, or INFO.",
  ),
  format: optional(oneOf(["text", "json"]), "text", "The format of a log line."),
  refusals_per_second: optional(
    integer("a number of log lines", 0, Number.MAX_SAFE_INTEGER),
    100,
    "How many refusals are logged one by one in a second; the others are counted, in one line for each reason.",
  ),
};

/**
 * Every setting of config.json, one line each: name, type, default and what it does. Types, checks, defaults, the JSON
 * Schema and the table in docs/config.md come from these lines.
 */
export const SETTINGS = object({
  $schema: absent(
    anyText,
    "The address of the JSON Schema of this file, for editors; nothing else reads it.",
  ),
  server: group(
    {
      http: group(http, "The listener and its guards."),
      admin: absent(object(admin), "A second listener for /healthz and /metrics, without tokens."),
    },
    "The server.",
  ),
  log: group(log, "What is logged, and how."),
  shutdown: group(shutdown, "How the server stops."),
  watch: optional(boolean, false, "Reloads, as on SIGHUP, when this file or one that it names changes."),
});

type Settings = typeof SETTINGS extends SettingType<infer T, infer S> ? readonly [T, S] : never;

/** What config.json sets, with every default filled in. */
export type SettingValues = Settings[0];

/** The same with problems: a setting that has one is undefined. */
export type SoundSettings = Settings[1];
