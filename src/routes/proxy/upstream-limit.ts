/** Counts the requests and WebSockets at upstreams. Their number bounds the memory that they take. */
export interface UpstreamLimit {
  /** How many there may be. */
  readonly max: number;
  /** Counts one more, or returns false if there are too many; fewer are too many for requests without a user. */
  enter(hasUser: boolean): boolean;
  leave(): void;
}
