import { isBasic, isScheme, readAuthorization, readBasicPassword } from "./authorization.ts";
import { parameterValues, withoutParameters } from "./query.ts";

/** The part of a request that carries a token. Names of headers are in lower case. */
export type Carrier =
  | { readonly kind: "authorization" }
  | { readonly kind: "basic" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "query"; readonly name: string };

/**
 * Returns the carrier that a word names: `authorization`, `basic` (the token as the password of Basic credentials), the
 * name of a header, or `query:` and the name of a parameter. Null for any other word, and for a header that already has a
 * use: its value is logged, replaced, part of the framing, or sent by browsers on their own.
 */
export function carrierOf(word: string): Carrier | null {
  const [, parameter] = /^query:([\w.~-]+)$/.exec(word) ?? [];
  if (parameter !== undefined) return { kind: "query", name: parameter };
  const name = word.toLowerCase();
  if (name === "authorization" || name === "basic") return { kind: name };
  return isScheme(word) && !hasOtherMeaning(name) ? { kind: "header", name } : null;
}

/** Whether a header already has another use, even for programs that read "_" as "-". */
export function hasOtherMeaning(name: string): boolean {
  return OTHER_MEANING.test(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"));
}

/** What a request carries, by the first carrier that is present. */
export type Carried =
  | {
      readonly fault: null;
      readonly carrier: Carrier;
      /** The scheme of an Authorization header as it was sent; null for every other carrier. */
      readonly scheme: string | null;
      readonly token: string;
    }
  | {
      /** `ambiguous` is a parameter that is there twice or can't be decoded. */
      readonly fault: "malformed" | "ambiguous" | "other_scheme";
      readonly carrier: Carrier;
    };

/** Reads what a request carries, or null if it carries nothing. The URL may be any text with a query. */
export type CarrierReader = (request: Pick<Request, "headers" | "url">) => Carried | null;

/**
 * Reads these carriers in their order: the first one that is present holds the credentials, and no other is tried if they
 * are refused. A carrier that is present and empty is malformed. Authorization and Basic share a header, whose scheme
 * decides.
 */
export function carrierReader(carriers: readonly Carrier[]): CarrierReader {
  const kinds = new Set(carriers.map(({ kind }) => kind));
  const readers = carriers.map((carrier) => readerOf(carrier, kinds.has("basic")));
  const basic = carriers.find(({ kind }) => kind === "basic");
  if (basic && !kinds.has("authorization")) readers.push(otherSchemeReader(basic));
  const [only] = readers;
  if (only && readers.length === 1) return only;
  return (request) => {
    for (const read of readers) {
      const carried = read(request);
      if (carried !== null) return carried;
    }
    return null;
  };
}

function readerOf(carrier: Carrier, hasBasic: boolean): CarrierReader {
  const malformed: Carried = { fault: "malformed", carrier };
  const tokenOf = (token: string | null): Carried =>
    token !== null && VISIBLE.test(token) ? { fault: null, carrier, scheme: null, token } : malformed;
  switch (carrier.kind) {
    case "authorization":
      return ({ headers }) => {
        const value = headers.get("authorization");
        if (value === null || (hasBasic && isBasic(value))) return null;
        const credentials = readAuthorization(value);
        if (credentials === null) return malformed;
        return { fault: null, carrier, scheme: credentials.scheme, token: credentials.token };
      };
    case "basic":
      return ({ headers }) => {
        const value = headers.get("authorization");
        return value !== null && isBasic(value) ? tokenOf(readBasicPassword(value)) : null;
      };
    case "header":
      return ({ headers }) => {
        const value = headers.get(carrier.name);
        return value === null ? null : tokenOf(value);
      };
    case "query":
      return ({ url }) => {
        const [value, ...others] = parameterValues(url, carrier.name);
        if (value === undefined) return null;
        return value === null || others.length > 0 ? { fault: "ambiguous", carrier } : tokenOf(value);
      };
  }
}

/** If only Basic is listed, an Authorization header of another scheme is refused for its scheme, not as missing. */
function otherSchemeReader(carrier: Carrier): CarrierReader {
  return ({ headers }) => {
    const value = headers.get("authorization");
    return value === null ? null : { fault: value === "" ? "malformed" : "other_scheme", carrier };
  };
}

/** Removes carriers from a request. */
export interface CarrierRemover {
  /**
   * Whether a header, its name in lower case, may carry a token. If only Basic is listed, an Authorization header of
   * another scheme does not.
   */
  isCarrier(name: string, value: string): boolean;
  /** Returns the target, or only its query, without the parameters; the rest keeps its bytes. */
  fromTarget(target: string): string;
}

/** Removes all of these carriers, used or not, so that no token reaches an upstream. */
export function carrierRemover(carriers: readonly Carrier[]): CarrierRemover {
  const kinds = new Set(carriers.map(({ kind }) => kind));
  const names = new Set(carriers.flatMap((carrier) => (carrier.kind === "header" ? [carrier.name] : [])));
  if (kinds.has("authorization")) names.add("authorization");
  const isOnlyBasic = kinds.has("basic") && !kinds.has("authorization");
  const parameters = new Set(carriers.flatMap((carrier) => (carrier.kind === "query" ? [carrier.name] : [])));
  return {
    isCarrier: (name, value) =>
      names.has(name) || (isOnlyBasic && name === "authorization" && isBasic(value)),
    fromTarget: (target) => (parameters.size === 0 ? target : withoutParameters(target, parameters)),
  };
}

/** A token is one word of visible ASCII; two lines of a header arrive joined by ", " (Bun 1.4.5). */
const VISIBLE = /^[!-~]+$/;
const OTHER_MEANING =
  /^(?:host|connection|keep-alive|te|trailer|upgrade|expect|cookie|origin|referer|date|via|from|range|forwarded|priority|user-agent|http2-settings|x-real-ip|x-request-id|x-auth-(?:user|token-id|scopes)|(?:accept|content|transfer|proxy|sec|if|cache|max|x-forwarded|access-control)(?:-.*)?|pragma)$/;
