/** Options for `targetOf`. */
export interface TargetOptions {
  /** Stands before the path of every request, without a slash at its end. */
  readonly prefix: string;
  /** Segments at the start of a request's path that are left out. */
  readonly stripped: number;
}

/**
 * The target of a forwarded request: the path that was judged, and the query byte for byte. No segment of a judged path is
 * empty, so the stripped ones are counted, however they are encoded.
 */
export function targetOf({ prefix, stripped }: TargetOptions, path: string, query: string): string {
  let start = 0;
  for (let segment = 0; segment < stripped && start !== -1; segment += 1)
    start = path.indexOf("/", start + 1);
  return `${prefix}${start === -1 ? "/" : path.slice(start)}${query}`;
}
