import type { FetchHandler } from "../http/handler.ts";
import { OpenResponse } from "../http/open-response.ts";

/** A handler whose requests are tracked. */
export interface TrackedHandler {
  readonly serve: FetchHandler;
  /** Resolves when no request is in progress, content that is streamed included. */
  finished(): Promise<void>;
}

/**
 * Tracks the requests of a handler. One that is answered at once and from memory is over at once. They are counted: a set
 * of promises takes a microsecond for each (Bun 1.4.5).
 */
export function trackRequests(handler: FetchHandler): TrackedHandler {
  let open = 0;
  let over: PromiseWithResolvers<void> | null = null;
  const end = () => {
    open -= 1;
    if (open > 0 || over === null) return;
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
        open += 1;
        response.then(endWith, end);
      } else if (response instanceof OpenResponse) {
        open += 1;
        endWith(response);
      }
      return response;
    },
    async finished() {
      while (open > 0) await (over ??= Promise.withResolvers()).promise;
    },
  };
}
