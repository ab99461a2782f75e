import { isScheme } from "../http/authorization.ts";
import { carrierReader, type Carried, type Carrier } from "../http/carrier.ts";
import type { Answer, Context, Guard, Handler } from "../http/handler.ts";
import { refusal, type Refusal } from "../http/refusal.ts";
import { isDamaged } from "../tokens/minted-token.ts";
import { missingScope } from "../tokens/scope.ts";
import { digestToken, type Digest } from "../tokens/token.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import type { User } from "../tokens/user.ts";
import {
  AWAY,
  PERHAPS_NEW,
  TOKEN_REFUSALS,
  UNKNOWN,
  type RefusedToken,
  type UserLoader,
} from "../tokens/user-loader.ts";
import { tokenRefusals, type TokenRefusalsOptions } from "./token-refusals.ts";

/** Options for `tokenAuth`. The schemes are compared without case; `Bearer` is answered as RFC 6750 says. */
export interface TokenAuthOptions extends TokenRefusalsOptions {
  /** Returns the text whose query may carry a token; by default the URL of the request. */
  readonly urlOf?: (request: Request, context: Context) => string;
}

/** The context of a handler below token auth. */
export type UserContext = Context & { readonly user: User };

/**
 * Passes on a request whose token has a user, with the user in the context, and refuses every other request.
 *
 * Anything but a user from the loader is a refusal; a loader that throws is a fault (500). Each request has a digest of
 * its own, so a loader may wait before it reads it. The loader never sees the token, so no fault can show one. It looks
 * at a store only for a token that is not in memory and not damaged. The cause of a refusal names the token by its handle.
 */
export function tokenAuth(
  options: TokenAuthOptions,
  userLoader: UserLoader,
  ids: TokenIds,
): Guard<Context, UserContext> {
  const { schemes, tokenFrom, urlOf, scopes = [] } = options;
  if (schemes.length === 0 || !schemes.every(isScheme))
    throw new Error("each scheme must be one word (RFC 9110 5.6.2)");
  if (tokenFrom.length === 0) throw new Error("a token needs a carrier");
  const readFrom = carrierReader(tokenFrom);
  const read = urlOf
    ? (request: Request, context: Context) =>
        readFrom({ headers: request.headers, url: urlOf(request, context) })
    : readFrom;
  const refusals = tokenRefusals(options);
  const [first = ""] = schemes;
  const unknownOfFirst = refusals.unknown.get(first.toLowerCase());
  return (request, context, next) => {
    const carried = read(request, context);
    if (carried === null) return refusals.missing;
    if (carried.fault !== null) return faultRefusal(carried.fault, carried.carrier);
    const { carrier, scheme, token } = carried;
    const unknown = scheme === null ? refusals.unknownIn(carrier) : unknownOf(scheme);
    if (unknown === undefined) return refusals.otherScheme;
    const digest = digestToken(token);
    let loaded = userLoader(digest, context, false);
    if (loaded === PERHAPS_NEW || loaded === UNKNOWN || loaded === AWAY) {
      // Only now: it takes as long as the digest, and most tokens are known.
      if (isDamaged(token)) return refuse(DAMAGED, unknown, digest, context);
      if (loaded === PERHAPS_NEW) loaded = userLoader(digest, context);
    }
    if (!(loaded instanceof Promise)) return admit(loaded, unknown, digest, request, context, next);
    return loaded.then((user) => admit(user, unknown, digest, request, context, next));
  };

  /** The refusal of an unknown token of this scheme; undefined if the scheme is not accepted. */
  function unknownOf(scheme: string): Refusal | undefined {
    // Most tokens have the first scheme, written as it is configured.
    return scheme === first ? unknownOfFirst : refusals.unknown.get(scheme.toLowerCase());
  }

  function faultRefusal(fault: NonNullable<Carried["fault"]>, carrier: Carrier): Refusal {
    switch (fault) {
      case "malformed":
        return refusals.malformed(carrier);
      case "ambiguous":
        return refusals.ambiguous(carrier);
      case "other_scheme":
        return refusals.otherScheme;
    }
  }

  function admit(
    user: unknown,
    unknown: Refusal,
    digest: Digest,
    request: Request,
    context: Context,
    next: Handler<UserContext>,
  ): Answer | Promise<Answer> {
    if (isUser(user)) {
      context.user = user;
      context.digest = digest;
      const missing = scopes.length === 0 ? null : missingScope(scopes, user.scopes);
      if (missing !== null) return insufficient(unknown, user, missing);
      return next(request, context as UserContext, unknown);
    }
    const refused = isRefused(user) ? user : UNKNOWN;
    return refuse(refused, refused.reason === "store_away" ? STORE_AWAY : unknown, digest, context);
  }

  function insufficient(unknown: Refusal, { tokenId }: User, missing: string): Refusal {
    const refusal = refusals.insufficient.get(unknown);
    if (refusal === undefined) throw new Error("no refusal for a missing scope");
    return refusal.because(() => `token ${tokenId} lacks the scope ${missing}`);
  }

  function refuse(refused: RefusedToken, refusal: Refusal, digest: Digest, context: Context): Refusal {
    context.refusedToken = refused;
    context.digest = digest;
    return refusal.because(causeOf, context as RefusedContext);
  }

  function causeOf({ refusedToken, digest }: RefusedContext): string {
    const name = `token ${refusedToken.tokenId ?? ids.handle(digest)}`;
    if (refusedToken === DAMAGED) return `${name}, damaged: its characters don't match its checksum`;
    return refusedToken.reason === "unknown" ? name : `${name}, ${TOKEN_REFUSALS[refusedToken.reason]}`;
  }
}

/** The context once a token is refused. */
type RefusedContext = Context & { readonly refusedToken: RefusedToken; readonly digest: Digest };

/** What a route sets for its token auth; the rest is as for the server. */
export interface RouteAuthOptions extends Pick<TokenAuthOptions, "urlOf"> {
  readonly tokenFrom?: TokenAuthOptions["tokenFrom"] | null;
  readonly scopes?: readonly string[] | null;
}

/** Makes the token auth of routes. Routes that set nothing share one, because its refusals take 13 KB. */
export function tokenAuthOfRoutes(
  options: TokenAuthOptions,
  userLoader: UserLoader,
  ids: TokenIds,
): (own: RouteAuthOptions) => Guard<Context, UserContext> {
  const shared = tokenAuth(options, userLoader, ids);
  return ({ tokenFrom, urlOf, scopes }) => {
    if (!tokenFrom && !urlOf && !scopes) return shared;
    const own = { ...(tokenFrom && { tokenFrom }), ...(urlOf && { urlOf }), ...(scopes && { scopes }) };
    return tokenAuth({ ...options, ...own }, userLoader, ids);
  };
}

function isUser(value: unknown): value is User {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

/** A reason that is not in the table is a fault of the loader; the token is then refused as unknown. */
function isRefused(value: unknown): value is RefusedToken {
  return (
    typeof value === "object" &&
    value !== null &&
    "reason" in value &&
    Object.hasOwn(TOKEN_REFUSALS, value.reason as PropertyKey)
  );
}

/** The store may be back after a second. */
const STORE_AWAY = refusal("store_unavailable", "Token store unavailable", { "Retry-After": "1" });
const DAMAGED: RefusedToken = { reason: "unknown", tokenId: null };
