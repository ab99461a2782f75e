/** How an exchange with an OpenResponse ended. */
export interface Ending {
  /** Bytes that the client received, or that were on their way to it. */
  readonly sent: number;
  /** `sent` to its end, `aborted` by the client, `cut` by this server, or `failed` if its source threw `fault`. */
  readonly kind: "sent" | "aborted" | "cut" | "failed";
  readonly fault?: unknown;
}

/** A response whose exchange is not over when it is returned. */
export abstract class OpenResponse extends Response {
  /** Resolves once, when the exchange is over; never rejects. */
  abstract readonly ended: Promise<Ending>;
  /** Ends it early, so that the client notices. Does nothing once it is over. */
  abstract cut(): void;
}
