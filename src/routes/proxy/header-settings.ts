import { hostName } from "../../http/host.ts";
import { LIMITS } from "../../limits.ts";
import { nullable, object } from "../../schema/composites.ts";
import { record } from "../../schema/record.ts";
import { optional, required, type Properties, type SoundValues, type Values } from "../../schema/schema.ts";
import { secret, text } from "../../schema/scalars.ts";
import type { Message, Problem, Report } from "../../schema/problem.ts";
import { foldedName } from "./folded-name.ts";
import { CONSUMED, FIELD_NAME, HOP_BY_HOP } from "./hop-by-hop.ts";
import type { RequestHeaderOptions } from "./request-headers.ts";

const identityName = nullable(
  text(
    "the name of a header, such as X-Auth-User",
    (name) => FIELD_NAME.test(name) && !isReserved(name),
    (name) => (typeof name === "string" && isReserved(name) ? RESERVED : null),
  ),
);

const identityNames = object({
  user: optional(identityName, "X-Auth-User", "The header with the user's name; null sends none."),
  token_id: optional(
    identityName,
    "X-Auth-Token-Id",
    "The header with the id of the token; null sends none.",
  ),
});

/** Two identity headers with one name would be one header. */
const userHeaders: typeof identityNames = {
  ...identityNames,
  read(value, path, context) {
    const names = identityNames.read(value, path, context);
    if (names?.user && names.token_id && foldedName(names.user) === foldedName(names.token_id)) {
      context.report({ path: [...path, "token_id"], text: "must differ from user" });
    }
    return names;
  },
};

const headerValue = secret(
  `a header value: 1 to ${LIMITS.headerValue} characters of ASCII, no white space around it`,
  new RegExp(`^[!-~](?:[\\t -~]{0,${LIMITS.headerValue - 2}}[!-~])?$`),
  valueFault,
);

const setHeaders = record(headerValue, {
  expected: "an object of header names and values",
  names: FIELD_NAME,
  fault: nameFault,
  max: LIMITS.setHeaders,
});

const hostHeader = text('"client", "upstream" or a host', (value) => hostName(value) !== null);

/** The settings of a proxy route that are about the headers of its requests. */
export const headerSettings = {
  user_headers: required(userHeaders, "The headers with the user of a request."),
  set_headers: optional(
    setHeaders,
    {},
    "Headers that the upstream receives instead of the client's. The values are secret.",
  ),
  host_header: optional(
    hostHeader,
    "client",
    "The Host header that the upstream receives: the client's, the one of the upstream's URL, or this one.",
  ),
} satisfies Properties;

/** The options that these settings make; `upstreamHost` is the host of the upstream's URL, with its port. */
export function requestHeaderOptions(
  { user_headers, set_headers, host_header }: Values<typeof headerSettings>,
  upstreamHost: string,
): RequestHeaderOptions {
  return {
    userHeaders: { user: user_headers.user, tokenId: user_headers.token_id },
    setHeaders: set_headers,
    host: host_header === "client" ? null : host_header === "upstream" ? upstreamHost : host_header,
  };
}

/** Reports the headers of `set_headers` that are identity headers. `path` is that of the route. */
export function checkSetHeaders(
  { user_headers, set_headers }: SoundValues<typeof headerSettings>,
  path: Problem["path"],
  report: Report,
): void {
  for (const name of Object.keys(set_headers ?? {})) {
    for (const [setting, identity] of Object.entries(user_headers ?? {})) {
      if (!identity || foldedName(identity) !== foldedName(name)) continue;
      const value = { at: [...path, "user_headers", setting], value: identity };
      report({ path: [...path, "set_headers", name], text: ["is the identity header ", value] });
    }
  }
}

function nameFault(name: string, before: readonly string[]): Message | null {
  if (foldedName(name) === "host") return "can't be set here; set host_header";
  if (isReserved(name)) return `can't be set: ${RESERVED}`;
  return before.some((other) => other.toLowerCase() === name.toLowerCase()) ? "is already set" : null;
}

/** Whether a name is that of a field that no setting may set, or an alias of one. */
function isReserved(name: string): boolean {
  const folded = foldedName(name);
  return RESERVED_NAMES.has(folded) || /^(?:proxy-|sec-websocket-)/i.test(name);
}

/** What is wrong with a text as a header value, as in "it is empty"; null if nothing is. */
function valueFault(value: string): string | null {
  if (value === "") return "is empty";
  if (value.length > LIMITS.headerValue) return `is longer than ${LIMITS.headerValue} characters`;
  if (/[\r\n]/.test(value)) return "contains a line break";
  if (!/^[\t -~]*$/.test(value)) return "contains characters other than ASCII";
  return value === value.trim() ? null : "has white space around it";
}

const RESERVED = "it belongs to one connection or frames the message";
const RESERVED_NAMES: ReadonlySet<string> = new Set(
  [...HOP_BY_HOP, ...CONSUMED, "host", "content-length"].map(foldedName),
);
