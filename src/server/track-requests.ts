import type { FetchHandler } from "../http/handler.ts";
import { OpenResponse } from "../http/open-response.ts";

/** A handler whose requests are tracked. */
export interface TrackedHandler {
  readonly serve: FetchHandler;
  /** Resolves when no request is in progress, streamed content included. */
  finished(): Promise<void>;
}

/**
 * Tracks the requests of a handler. One that is answered synchronously, without a stream, is over at once. The requests are
 * only counted, because a set of their promises takes a microsecond for each (Bun 1.4.5).
 */
export function trackRequests(handler: FetchHandler): TrackedHandler {
  let inFlight = 0;
  let over: PromiseWithResolvers<void> | null = null;
  const end = () => {
    inFlight -= 1;
    if (inFlight > 0 || over === null) return;
    over.resolve();
    over = null;
  };
  const endWith = (response: Response) => {
    if (response instanceof OpenResponse) void response.ended.then(end, end);
    else end();
  };
  return {
    serve(request, connection, leave) {
      const response = handler(request, connection, leave);
      if (response instanceof Promise) {
        inFlight += 1;
        response.then(endWith, end);
      } else if (response instanceof OpenResponse) {
        inFlight += 1;
        endWith(response);
      }
      return response;
    },
    async finished() {
      while (inFlight > 0) await (over ??= Promise.withResolvers()).promise;
    },
  };
}
