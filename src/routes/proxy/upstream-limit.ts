/** Counts the requests and sockets that are at upstreams. Their number is the bound of the memory that they take. */
export interface UpstreamLimit {
  /** How many there may be. */
  readonly max: number;
  /** Counts one more, or returns false if there are too many. */
  enter(): boolean;
  leave(): void;
}
