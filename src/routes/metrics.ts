import type { Route } from "../http/router.ts";
import { METRICS_TYPE } from "../observations/metrics/metrics.ts";

/**
 * Answers GET with the metrics.
 *
 * To write them takes as long as fifty small requests, so all that are asked for in one turn of the event loop share
 * one text: it would hardly differ, and a client that pipelines can't keep the server busy with it.
 */
export function metricsRoute(path: string, metrics: () => string): Route {
  let text: string | null = null;
  const endTurn = () => void (text = null);
  return {
    methods: ["GET"],
    path,
    handler: (_request, { exchange }) => {
      if (text === null) {
        text = metrics();
        setImmediate(endTurn);
      }
      exchange.isProbe = true;
      exchange.sent = Buffer.byteLength(text);
      return new Response(text, { headers: { "Content-Type": METRICS_TYPE } });
    },
  };
}
