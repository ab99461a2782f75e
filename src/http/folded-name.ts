/**
 * What is left of a header name without all but letters and digits, in lower case: names that fold to the same are
 * aliases. CGI, WSGI and their like read `X_Auth_User` as `X-Auth-User`, some servers `x.auth.user` too, so a client
 * could send a header of the server's own under an alias.
 */
export function foldedName(name: string): string {
  return name.toLowerCase().replace(SEPARATORS, "");
}

const SEPARATORS = /[^a-z0-9]+/g;
