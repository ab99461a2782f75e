import type { ErrorFormat } from "./error-content.ts";
import type { Handler } from "./handler.ts";

/** Where a request leads: the guards and the handler of a route, folded into one handler. */
export interface Endpoint {
  /** The path of the route, as logs and metrics show it; null if there is no route. */
  readonly route: string | null;
  readonly handler: Handler;
  /** The format of its refusals and faults; null for that of the server. */
  readonly errorFormat: ErrorFormat | null;
  /** Whether it accepts paths that only `encodedPathOf` accepts. */
  readonly allowsEncoded: boolean;
  /** Whether its requests are probes, which a monitor repeats for ever. */
  readonly isProbe: boolean;
}

/** Finds where a request leads. */
export type FindEndpoint = (request: Request, method: string, path: string) => Endpoint;
