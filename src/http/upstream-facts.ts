/** What is known of the upstream that a request was forwarded to. */
export interface UpstreamFacts {
  /** The status of its answer, or null if there was none. */
  readonly status: number | null;
  /** Why it failed, in one word; null if it did not. */
  readonly cause: string | null;
  /** Milliseconds from the request to the head of the answer, or to the failure. */
  readonly headAfter: number;
}
