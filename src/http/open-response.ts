/** How an exchange with an OpenResponse ended. */
export interface Ending {
  /** Bytes that the client received, or that were on their way to it. */
  readonly sent: number;
  /** `sent` to its end, `aborted` by the client, `cut` by this server, or `failed` if its source threw `fault`. */
  readonly kind: "sent" | "aborted" | "cut" | "failed";
  readonly fault?: unknown;
}

/** A part of an exchange that takes time: the wait for an answer, or the answer itself. */
export interface Open {
  /** Resolves once it is over; never rejects. */
  readonly ended: Promise<unknown>;
  /** Ends it early, so that the client notices. Does nothing once it is over. */
  cut(): void;
}

/** A response whose exchange is not over when it is returned. */
export abstract class OpenResponse extends Response implements Open {
  /** Resolves once, when the exchange is over; never rejects. */
  abstract readonly ended: Promise<Ending>;
  /** Ends it early, so that the client notices. Does nothing once it is over. */
  abstract cut(): void;
}
