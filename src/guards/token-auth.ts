import { isScheme, readAuthorization } from "../http/authorization.ts";
import type { Answer, Context, Guard, Handler } from "../http/handler.ts";
import { refusal, type Refusal, type RefusalCode } from "../http/refusal.ts";
import { digestToken, type Digest } from "../tokens/token.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import type { User } from "../tokens/user.ts";
import type { UserLoader } from "../tokens/user-loader.ts";

/** Options for `tokenAuth`. */
export interface TokenAuthOptions {
  /** The authentication scheme, compared without case. `Bearer` is answered as RFC 6750 says. */
  readonly scheme: string;
}

/** The context of a handler below token auth. */
export type UserContext = Context & { readonly user: User };

/**
 * Passes on a request whose token has a user, with the user in the context, and refuses every other request.
 *
 * Anything but a user from the loader is a refusal; a loader that throws is a fault (500). Each request has a digest of
 * its own, so a loader may wait before it reads it. The loader never sees the token, so no fault can show one. The cause
 * of a refusal names the token by its handle.
 */
export function tokenAuth(
  options: TokenAuthOptions,
  userLoader: UserLoader,
  ids: TokenIds,
): Guard<Context, UserContext> {
  if (!isScheme(options.scheme)) throw new Error("scheme must be one word (RFC 9110 5.6.2)");
  const scheme = options.scheme.toLowerCase();
  const no = scheme === "bearer" ? bearerRefusals(options.scheme) : seedRefusals(options.scheme);
  return (request, context, next) => {
    const header = request.headers.get("authorization");
    if (header === null) return no.credentials;
    const credentials = readAuthorization(header);
    if (credentials === null) return no.form;
    if (credentials.scheme !== options.scheme && credentials.scheme.toLowerCase() !== scheme)
      return no.scheme;
    const digest = digestToken(credentials.token);
    const loaded = userLoader(digest);
    if (!(loaded instanceof Promise)) return admit(loaded, digest, request, context, next);
    return loaded.then((user) => admit(user, digest, request, context, next));
  };

  function admit(
    user: unknown,
    digest: Digest,
    request: Request,
    context: Context,
    next: Handler<UserContext>,
  ): Answer | Promise<Answer> {
    if (!isUser(user)) return no.token.because(() => `token ${ids.handle(digest)}`);
    context.user = user;
    return next(request, context as UserContext);
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

/** RFC 6750 3.1: a client that sent no token, or used another scheme, gets no error code. */
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
