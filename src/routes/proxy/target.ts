/** Options for `targetOf`. */
export interface TargetOptions {
  /** Is put before the path of every request; has no slash at its end. */
  readonly prefix: string;
  /** Number of segments that are removed from the start of a request's path. */
  readonly stripped: number;
}

/**
 * The target of a forwarded request: the normalised path, and the query byte for byte. No segment of a normalised path is
 * empty, so the segments to remove are counted, however they are encoded.
 */
export function targetOf({ prefix, stripped }: TargetOptions, path: string, query: string): string {
  let start = 0;
  for (let segment = 0; segment < stripped && start !== -1; segment += 1)
    start = path.indexOf("/", start + 1);
  return `${prefix}${start === -1 ? "/" : path.slice(start)}${query}`;
}
