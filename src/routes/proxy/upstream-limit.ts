/** Counts the requests and WebSockets at upstreams. Their number bounds the memory that they take. */
export interface UpstreamLimit {
  /** The maximum number, for requests with a user. */
  readonly max: number;
  /** Counts one more, or returns false if the limit is reached. It is lower for requests without a user. */
  enter(hasUser: boolean): boolean;
  /** Counts one less. */
  leave(): void;
}
