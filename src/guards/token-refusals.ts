import type { Carrier } from "../http/carrier.ts";
import { refusal, type Refusal, type RefusalCode } from "../http/refusal.ts";

/** Options for `tokenRefusals`. */
export interface TokenRefusalsOptions {
  /** The schemes of the Authorization header. */
  readonly schemes: readonly string[];
  /** What may carry a token, in the order in which it is looked for. */
  readonly tokenFrom: readonly Carrier[];
  /** The scopes that a token needs, all of them; by default none. */
  readonly scopes?: readonly string[] | undefined;
}

/** The refusals of token auth. */
export interface TokenRefusals {
  /** No carrier is present. */
  readonly missing: Refusal;
  /** The Authorization header has a scheme that is not accepted. */
  readonly otherScheme: Refusal;
  /** The token in an Authorization header has no user; by the scheme in lower case. */
  readonly unknown: ReadonlyMap<string, Refusal>;
  /** The same for every other carrier. */
  unknownIn(carrier: Carrier): Refusal;
  /** The token lacks a scope, by the refusal that it would get if it were unknown. */
  readonly insufficient: ReadonlyMap<Refusal, Refusal>;
  malformed(carrier: Carrier): Refusal;
  ambiguous(carrier: Carrier): Refusal;
}

/**
 * Makes the refusals of token auth. The scheme of a token decides: RFC 6750 3.1 for Bearer, 401 with a challenge for
 * Basic, so that a browser asks again, and the statuses of `Token` for every other scheme. If no accepted scheme was used,
 * the first one decides. A 401 offers every accepted scheme.
 */
export function tokenRefusals({ schemes, tokenFrom, scopes = [] }: TokenRefusalsOptions): TokenRefusals {
  const hasBasic = tokenFrom.some(({ kind }) => kind === "basic");
  const isOnlyBasic = hasBasic && !tokenFrom.some(({ kind }) => kind === "authorization");
  // A 401 needs a challenge even if no carrier has a scheme (RFC 9110 15.5.2).
  const offered = isOnlyBasic
    ? []
    : schemes.filter((one) => !hasBasic || !/^basic$/i.test(one)).map(challenge);
  // Basic comes first, because browsers look only at the first challenge of a line.
  const challenges = (hasBasic ? [BASIC_CHALLENGE, ...offered] : offered).join(", ");
  const basic = basicRefusals(challenges);
  const bySchemes = schemes.map(
    (scheme) => [scheme.toLowerCase(), refusalsOf(scheme, challenges, scopes)] as const,
  );
  const first = (isOnlyBasic ? null : bySchemes[0]?.[1]) ?? basic;
  const perCarrier = new Map(
    tokenFrom.map((carrier) => {
      const text = `Invalid ${labelOf(carrier)}`;
      const ambiguous = first.ambiguous?.(text) ?? refusal("parameter_malformed", text);
      return [carrier, { malformed: first.malformed(text), ambiguous }];
    }),
  );
  const of = (carrier: Carrier) => {
    const refusals = perCarrier.get(carrier);
    if (!refusals) throw new Error(`not one of the carriers: ${carrier.kind}`);
    return refusals;
  };
  return {
    missing: refusal("credentials_missing", `Missing ${labelsOf(tokenFrom)}`, {
      "WWW-Authenticate": challenges,
    }),
    otherScheme: first.scheme,
    unknown: new Map(bySchemes.map(([scheme, { unknown }]) => [scheme, unknown])),
    insufficient: new Map(
      [basic, ...bySchemes.map(([, of]) => of)].map(({ unknown, insufficient }) => [unknown, insufficient]),
    ),
    unknownIn: ({ kind }) => (kind === "basic" ? basic : first).unknown,
    malformed: (carrier) => of(carrier).malformed,
    ambiguous: (carrier) => of(carrier).ambiguous,
  };
}

/** The refusals that depend on the scheme. */
interface SchemeRefusals {
  malformed(text: string): Refusal;
  /** For a request that has the same carrier twice; by default a 400. */
  ambiguous?(text: string): Refusal;
  readonly scheme: Refusal;
  readonly unknown: Refusal;
  readonly insufficient: Refusal;
}

function refusalsOf(scheme: string, challenges: string, scopes: readonly string[]): SchemeRefusals {
  return scheme.toLowerCase() === "bearer" ? bearerRefusals(scheme, challenges, scopes) : seedRefusals();
}

function seedRefusals(): SchemeRefusals {
  return {
    malformed: (text) => refusal("header_invalid", text),
    scheme: refusal("scheme_unknown", TEXT.scheme),
    unknown: refusal("token_unknown", TEXT.unknown),
    insufficient: INSUFFICIENT,
  };
}

/** RFC 6750 3.1: a client that sent no token, or used another scheme, gets no error code. */
function bearerRefusals(scheme: string, challenges: string, scopes: readonly string[]): SchemeRefusals {
  const refused = (code: RefusalCode, text: string, error: string) =>
    refusal(code, text, {
      "WWW-Authenticate": `${challenge(scheme)}, error="${error}", error_description="${text}"`,
    });
  const malformed = (text: string) => refused("header_malformed", text, "invalid_request");
  return {
    malformed,
    ambiguous: malformed,
    scheme: refusal("credentials_unusable", TEXT.scheme, { "WWW-Authenticate": challenges }),
    unknown: refused("token_invalid", TEXT.unknown, "invalid_token"),
    // A scope contains no character that would have to be escaped (RFC 6749 3.3).
    insufficient: INSUFFICIENT.withHeader(
      "WWW-Authenticate",
      `${challenge(scheme)}, error="insufficient_scope", error_description="${INSUFFICIENT.text}", scope="${scopes.join(" ")}"`,
    ),
  };
}

/** RFC 7617 2: a 401 with a challenge makes a client ask for the password again. */
function basicRefusals(challenges: string): SchemeRefusals {
  const refused = (code: RefusalCode, text: string) =>
    refusal(code, text, { "WWW-Authenticate": challenges });
  return {
    malformed: (text) => refused("credentials_unusable", text),
    scheme: refused("credentials_unusable", TEXT.scheme),
    unknown: refused("token_invalid", TEXT.unknown),
    // No other password would help, so the client is not made to ask for one.
    insufficient: INSUFFICIENT,
  };
}

function labelsOf(carriers: readonly Carrier[]): string {
  const labels = [...new Set(carriers.map(labelOf))];
  return [...(labels.length > 1 ? [labels.slice(0, -1).join(", ")] : []), labels.at(-1)].join(" or ");
}

function labelOf(carrier: Carrier): string {
  switch (carrier.kind) {
    case "authorization":
    case "basic":
      return "authorization header";
    case "header":
      return `${carrier.name} header`;
    case "query":
      return `${carrier.name} parameter`;
  }
}

function challenge(scheme: string): string {
  return `${scheme} ${REALM}`;
}

const TEXT = { scheme: "Invalid token scheme", unknown: "Token doesn't exist" };
const INSUFFICIENT = refusal("scope_missing", "Insufficient scope");
const REALM = `realm="token-server"`;
const BASIC_CHALLENGE = `Basic ${REALM}, charset="UTF-8"`;
