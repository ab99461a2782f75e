/**
 * The methods that a route can have. Bun 1.4.5 hands over a few more (M-SEARCH, REPORT), which no route answers, and
 * closes the connection on any other without an answer.
 */
export const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "QUERY",
  "PROPFIND",
] as const;

/** A method that a route can have. */
export type Method = (typeof METHODS)[number];
