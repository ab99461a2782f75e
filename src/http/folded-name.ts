/**
 * The letters and digits of a header name, in lower case. Names that fold to the same text are aliases: CGI, WSGI and the
 * like read `X_Auth_User` as `X-Auth-User`, and some servers read `x.auth.user` so too. So a client could send one of the
 * server's own headers under an alias.
 */
export function foldedName(name: string): string {
  return name.toLowerCase().replace(SEPARATORS, "");
}

const SEPARATORS = /[^a-z0-9]+/g;
