import { refusal, type Refusal } from "../../http/refusal.ts";
import { oneOf } from "../../schema/scalars.ts";
import { required } from "../../schema/schema.ts";
import { userHeadersSetting } from "../user-headers.ts";
import { foldedName } from "../../http/folded-name.ts";
import { routeKind } from "../route-kind.ts";
import { DIALECTS, isFault, originalReader, type OriginalFault } from "./original-request.ts";
import { verifyAnswers } from "./verify-answers.ts";

/**
 * Answers a proxy that asks whether to let a request through: 200 with the identity of the user, or the refusal.
 *
 * The token decides, in whatever carrier; a query is that of the original target. The original request must be one that
 * this server would accept itself, but its method, host and path open and close nothing. It counts only from a trusted
 * proxy: anyone else could make up the headers.
 *
 * A request with a header that a program behind the proxy could read as an identity header is refused, because no answer
 * can remove that header: Caddy and Traefik replace `X-Auth-User` but pass on `X_Auth_User` and `X.Auth.User`. The name
 * itself passes, because the proxy replaces it. The set of identity headers is always complete, because Caddy 2.10.0 and
 * later left a client's own header in place if the answer had none (GHSA-7r4p-vjf4-gxv4).
 */
export const verify = routeKind({
  name: "verify",
  methods: "any",
  needsUser: true,
  needsProxies: true,
  settings: {
    dialect: required(oneOf(DIALECTS), "The proxy that asks, whose headers report the client's request."),
    user_headers: userHeadersSetting,
  },
  place: ({ dialect }) => {
    const { target } = originalReader(dialect);
    return {
      outermost: verifyAnswers(dialect),
      urlOf: ({ headers }, exchange) => (exchange.client().isTrustedPeer ? target(headers) : ""),
    };
  },
  create({ dialect, user_headers: { user, token_id, scopes } }) {
    const { read } = originalReader(dialect);
    const names = [user, token_id, scopes].filter((name) => name !== null);
    const aliasIn = aliasFinder(names);
    return ({ headers }, exchange) => {
      if (!exchange.client().isTrustedPeer) return UNTRUSTED;
      const original = read(headers);
      if (isFault(original)) return refusalOf(original);
      const alias = aliasIn(headers);
      if (alias !== null) return ALIAS.because(() => `${alias} is an alias of an identity header`);
      const identity = new Headers();
      if (user !== null) identity.set(user, exchange.user.name);
      if (token_id !== null) identity.set(token_id, exchange.user.tokenId);
      if (scopes !== null) identity.set(scopes, exchange.user.scopes.join(" ") || "-");
      exchange.sent = 0;
      return new Response(null, { headers: identity });
    };
  },
});

/** Finds a header whose name differs from one of these, but folds to the same. */
function aliasFinder(names: readonly string[]): (headers: Headers) => string | null {
  const own = new Set(names.map((name) => name.toLowerCase()));
  const folded = new Set(names.map(foldedName));
  return (headers) => {
    for (const name of headers.keys()) if (folded.has(foldedName(name)) && !own.has(name)) return name;
    return null;
  };
}

function refusalOf({ header, part, fault }: OriginalFault): Refusal {
  const no = fault === "missing" ? INCOMPLETE : INVALID[part];
  return no.because(() => `${header} is ${fault}`);
}

const UNTRUSTED = refusal("proxy_untrusted", "Untrusted proxy").because(
  () => "the peer is not in server.http.trusted_proxies",
);
const ALIAS = refusal("request_invalid", "Ambiguous identity header");
const INCOMPLETE = refusal("request_invalid", "Incomplete original request");
const INVALID: Readonly<Record<OriginalFault["part"], Refusal>> = {
  method: refusal("request_invalid", "Invalid request method"),
  proto: refusal("request_invalid", "Invalid request protocol"),
  host: refusal("request_invalid", "Invalid host header"),
  uri: refusal("request_invalid", "Invalid request target"),
};
