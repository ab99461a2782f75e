import { isScheme, readAuthorization } from "../http/authorization.ts";
import type { Answer, Context, Guard, Handler } from "../http/handler.ts";
import { refusal, type Refusal, type RefusalCode } from "../http/refusal.ts";
import { DIGEST_SIZE, digestToken, type Digest } from "../tokens/token.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import type { User } from "../tokens/user.ts";
import type { UserLoader } from "../tokens/user-loader.ts";

/** Options for `tokenAuth`. */
export interface TokenAuthOptions {
  /** The authentication scheme, compared without case. `Bearer` is answered as RFC 6750 says. */
  readonly scheme: string;
}

/** What a handler below token auth knows besides. */
export interface UserContext extends Context {
  readonly user: User;
}

/**
 * Hands on a request whose Authorization header holds a token that the user loader knows, with its user in the
 * context, and refuses every other.
 *
 * Whatever the loader gives that is not a user is a refusal; a loader that throws is a fault (500). Neither
 * shows the token: a refusal's cause calls it by its handle, a fault's message has it taken out.
 */
export function tokenAuth(
  options: TokenAuthOptions,
  userLoader: UserLoader,
  ids: TokenIds,
): Guard<Context, UserContext> {
  if (!isScheme(options.scheme)) throw new Error("scheme must be one word (RFC 9110 5.6.2)");
  const scheme = options.scheme.toLowerCase();
  const no = scheme === "bearer" ? bearerRefusals(options.scheme) : seedRefusals(options.scheme);
  // One for all requests: it is read before anything else can happen.
  const digest = new Uint8Array(DIGEST_SIZE);
  return (request, context, next) => {
    const header = request.headers.get("authorization");
    if (header === null) return no.credentials;
    const credentials = readAuthorization(header);
    if (credentials === null) return no.form;
    if (credentials.scheme !== options.scheme && credentials.scheme.toLowerCase() !== scheme)
      return no.scheme;
    const { token } = credentials;
    digestToken(token, digest);
    const loaded = load(userLoader, token, digest);
    if (!(loaded instanceof Promise)) return admit(loaded, digest, request, context, next);
    const kept = digest.slice();
    return loaded.then((user) => admit(user, kept, request, context, next));
  };

  function admit(
    user: unknown,
    digest: Digest,
    request: Request,
    context: Context,
    next: Handler<UserContext>,
  ): Answer | Promise<Answer> {
    if (!isUser(user)) {
      // By the time the log asks, the digest may be that of another request.
      const refused = digest.slice();
      return no.token.because(() => `token ${ids.handle(refused)}`);
    }
    context.exchange.user = user.name;
    return next(request, { ...context, user });
  }
}

interface Refusals {
  readonly credentials: Refusal;
  readonly form: Refusal;
  readonly scheme: Refusal;
  readonly token: Refusal;
}

const TEXT = {
  credentials: "Missing authorization header",
  form: "Invalid authorization header",
  scheme: "Invalid token scheme",
  token: "Token doesn't exist",
};
const REALM = `realm="token-server"`;

function seedRefusals(scheme: string): Refusals {
  return {
    credentials: refusal("credentials_missing", TEXT.credentials, {
      "WWW-Authenticate": `${scheme} ${REALM}`,
    }),
    form: refusal("header_invalid", TEXT.form),
    scheme: refusal("scheme_unknown", TEXT.scheme),
    token: refusal("token_unknown", TEXT.token),
  };
}

/** RFC 6750 3.1: no error code for a client that brought no token (or tried another scheme). */
function bearerRefusals(scheme: string): Refusals {
  const challenge = (code: RefusalCode, text: string, error: string) =>
    refusal(code, text, {
      "WWW-Authenticate": `${scheme} ${REALM}${error && `, error="${error}", error_description="${text}"`}`,
    });
  return {
    credentials: challenge("credentials_missing", TEXT.credentials, ""),
    form: challenge("header_malformed", TEXT.form, "invalid_request"),
    scheme: challenge("credentials_unusable", TEXT.scheme, ""),
    token: challenge("token_invalid", TEXT.token, "invalid_token"),
  };
}

function isUser(value: unknown): value is User {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

function load(userLoader: UserLoader, token: string, digest: Digest): unknown {
  try {
    const loaded = userLoader(token, digest);
    return loaded instanceof Promise
      ? loaded.catch((fault: unknown) => {
          throw withoutToken(fault, token);
        })
      : loaded;
  } catch (fault) {
    throw withoutToken(fault, token);
  }
}

/** The fault with the token taken out, however it was written there. */
function withoutToken(fault: unknown, token: string): Error {
  const told = typeof fault === "string" ? fault : `thrown: ${typeof fault}`;
  const { message, stack = "" } = fault instanceof Error ? fault : new Error(told);
  const forms = [token, JSON.stringify(token).slice(1, -1), encodeURIComponent(token)];
  const without = (text: string) => forms.reduce((rest, form) => rest.replaceAll(form, "<token>"), text);
  const safe = new Error(without(message));
  safe.stack = without(stack);
  return safe;
}
