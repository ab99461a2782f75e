import { hostName } from "../../http/host.ts";
import { LIMITS } from "../../limits.ts";
import { record } from "../../schema/record.ts";
import { optional, type Properties, type SoundValues, type Values } from "../../schema/schema.ts";
import { secret, text } from "../../schema/scalars.ts";
import type { Message, Problem, Report } from "../../schema/problem.ts";
import { foldedName } from "../../http/folded-name.ts";
import { RFC_TOKEN } from "../../http/grammar.ts";
import { isReservedField } from "../../http/hop-by-hop.ts";
import { RESERVED_REASON, userHeadersSetting } from "../user-headers.ts";
import type { RequestHeaderOptions } from "./request-headers.ts";

const headerValue = secret(
  `a header value: 1 to ${LIMITS.headerValue} characters of ASCII, no white space around it`,
  new RegExp(`^[!-~](?:[\\t -~]{0,${LIMITS.headerValue - 2}}[!-~])?$`),
  valueFault,
);

const setHeaders = record(headerValue, {
  expected: "an object of header names and values",
  names: RFC_TOKEN,
  fault: nameFault,
  max: LIMITS.setHeaders,
});

const hostHeader = text('"client", "upstream" or a host', (value) => hostName(value) !== null);

/** The settings of a proxy route that are about the headers of its requests. */
export const headerSettings = {
  user_headers: userHeadersSetting,
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

/** The options of these settings. `upstreamHost` is the host of the upstream's URL, with its port. */
export function requestHeaderOptions(
  { user_headers, set_headers, host_header }: Values<typeof headerSettings>,
  upstreamHost: string,
): RequestHeaderOptions {
  return {
    userHeaders: {
      user: user_headers.user,
      tokenId: user_headers.token_id,
      scopes: user_headers.scopes,
    },
    setHeaders: set_headers,
    host: host_header === "client" ? null : host_header === "upstream" ? upstreamHost : host_header,
    authority: upstreamHost,
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
  if (isReservedField(name)) return `can't be set: ${RESERVED_REASON}`;
  return before.some((other) => other.toLowerCase() === name.toLowerCase()) ? "is already set" : null;
}

/** What is wrong with a header value, as in "is empty"; null if nothing is. */
function valueFault(value: string): string | null {
  if (value === "") return "is empty";
  if (value.length > LIMITS.headerValue) return `is longer than ${LIMITS.headerValue} characters`;
  if (/[\r\n]/.test(value)) return "contains a line break";
  if (!/^[\t -~]*$/.test(value)) return "contains characters other than ASCII";
  return value === value.trim() ? null : "has white space around it";
}
