import type { Route } from "../http/router.ts";
import { METRICS_TYPE } from "../observations/metrics.ts";

/** Answers GET with the metrics. */
export function metricsRoute(path: string, metrics: () => string): Route {
  return {
    method: "GET",
    path,
    handler: (_request, { exchange }) => {
      const content = metrics();
      exchange.sent = Buffer.byteLength(content);
      return new Response(content, { headers: { "Content-Type": METRICS_TYPE } });
    },
  };
}
