import { sharedUpstreams } from "../../src/routes/proxy/shared-upstreams.ts";
import type { Services } from "../../src/routes/route-kind.ts";

/** Services that are ready and observe nothing, but for what a test sets. */
export function servicesOf(set: Partial<Services> = {}): Services {
  return {
    observe: () => {},
    readiness: () => "ready",
    storeName: "sqlite:tokens.db",
    metrics: () => "metrics\n",
    proto: "http",
    tokenFrom: [{ kind: "authorization" }],
    upstreams: sharedUpstreams()(100),
    opened: () => {},
    ...set,
  };
}
