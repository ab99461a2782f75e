/**
 * The methods that a route can list. Bun 1.4.5 passes on a few more (M-SEARCH, REPORT), which only a route for any method
 * answers, and closes the connection on all others without an answer.
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

/** A method that a route can list. */
export type Method = (typeof METHODS)[number];

/** The methods that a route answers: those of a list, or any. */
export type Methods = readonly Method[] | "any";

/** Whether a route with these methods answers a method. HEAD follows GET (RFC 9110 9.3.2). */
export function includesMethod(methods: Methods, method: Method): boolean {
  return methods === "any" || methods.includes(method) || (method === "HEAD" && methods.includes("GET"));
}

/** Whether a method is known to be safe (RFC 9110 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "QUERY"]);
