import type { FetchHandler } from "../http/handler.ts";
import { OpenResponse } from "../http/open-response.ts";

/** A handler whose requests are tracked. */
export interface TrackedHandler {
  readonly serve: FetchHandler;
  /** Resolves when no request is in progress, content that is streamed included. */
  finished(): Promise<void>;
}

/** Tracks the requests of a handler. One that is answered at once and from memory is over at once. */
export function trackRequests(handler: FetchHandler): TrackedHandler {
  const open = new Set<Promise<unknown>>();
  const track = (request: Promise<unknown>) => {
    const end = () => void open.delete(request);
    open.add(request);
    request.then(end, end);
  };
  const ended = (response: Response) => (response instanceof OpenResponse ? response.ended : null);
  return {
    serve(request, connection, leave) {
      const response = handler(request, connection, leave);
      if (response instanceof Promise) track(response.then(ended));
      else if (response instanceof OpenResponse) track(response.ended);
      return response;
    },
    async finished() {
      while (open.size > 0) await Promise.allSettled(open);
    },
  };
}
