/**
 * A name that has no address. Its first part is longer than one may be, so that the system knows without a resolver, which
 * could be slow or away.
 */
export const NO_NAME = `${"x".repeat(64)}.invalid`;
