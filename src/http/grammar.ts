/**
 * A token as RFC 9110 5.6.2 defines it: the form of a method, the name of a field and an authentication scheme. Not the
 * token that a client sends as its credentials.
 */
export const RFC_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
