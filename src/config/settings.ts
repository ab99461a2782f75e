import { isScheme } from "../http/authorization.ts";
import { METHODS } from "../http/methods.ts";
import { LEVELS, LOGGERS } from "../observations/levels.ts";
import { tokenFault } from "../tokens/token.ts";
import {
  group,
  integer,
  list,
  object,
  oneOf,
  optional,
  required,
  secret,
  text,
  wholeNumber,
  type Kind,
} from "./kinds.ts";

const name = text("a host name or an IP address", (value) => /^[A-Za-z0-9._:-]+$/.test(value));
const path = text(
  'a path that starts with "/"',
  (value) => /^\/[\x21-\x7e]*$/.test(value) && !/[?#]/.test(value),
);
const scheme = text("one word, such as Token or Bearer", isScheme);
const token = secret("a token: one word of visible ASCII", tokenFault);

const loggerLevel = object({
  logger: required(oneOf(LOGGERS), "The logger."),
  level: required(oneOf(LEVELS), "The least level it writes."),
});

const http = {
  host: optional(name, "127.0.0.1", "The name or address to listen on."),
  port: optional(
    integer("a port: a whole number from 0 to 65535"),
    8000,
    "The port to listen on; 0 takes a free one.",
  ),
  request_max_size: optional(wholeNumber(0), 1048576, "The most bytes of content a request may have."),
  allowed_tokens: required(
    list(token, "tokens"),
    "The tokens that are let through. An empty list refuses everyone.",
  ),
  auth_scheme: optional(scheme, "Token", "The scheme of the Authorization header; Bearer follows RFC 6750."),
  exclude_routes: optional(list(path, "paths"), [], "Paths of routes that are served without a token."),
  exclude_methods: optional(
    list(oneOf(METHODS), "methods"),
    [],
    "Methods whose routes are served without a token.",
  ),
};

const log = {
  level: optional(
    list(loggerLevel, "objects with a logger and a level"),
    [],
    "The level of each logger; one without is that of the logger above, or INFO.",
  ),
  format: optional(oneOf(["text", "json"]), "text", "The form of a log line."),
};

/**
 * Every setting of config.json, one line each: its name, what it may be, what it is when left out, what it
 * does. Types, checks, fallbacks and the reference in the README are made of these lines.
 */
export const SETTINGS = object({
  server: group({ http: group(http, "The listener and its guards.") }, "The server."),
  log: group(log, "What is logged, and how."),
});

/** What config.json says, with every fallback in its place. */
export type SettingValues = Exclude<ReturnType<typeof SETTINGS.read>, undefined>;

function namesOf(kind: Kind<unknown>): string[] {
  const own = Object.entries(kind.members ?? {});
  const below = own.flatMap(([name, setting]) => [name, ...namesOf(setting.kind)]);
  return kind.element ? [...below, ...namesOf(kind.element)] : below;
}

/** The names of all settings: words of a config file that are surely no tokens. */
export const SETTING_NAMES: ReadonlySet<string> = new Set(namesOf(SETTINGS));
