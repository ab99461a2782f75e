import { METRICS_TYPE } from "../observations/metrics/metrics.ts";
import { routeKind } from "./route-kind.ts";

/**
 * Answers with the metrics.
 *
 * Writing them takes as long as fifty small requests, so all requests in one turn of the event loop share one text: it
 * would hardly differ, and a client that pipelines can't keep the server busy with it.
 */
export const metrics = routeKind({
  name: "metrics",
  methods: ["GET"],
  needsUser: false,
  isProbe: true,
  settings: {},
  create(_options, services) {
    let text: string | null = null;
    const endTurn = () => void (text = null);
    return (_request, exchange) => {
      if (text === null) {
        text = services.metrics();
        setImmediate(endTurn);
      }
      exchange.sent = Buffer.byteLength(text);
      return new Response(text, { headers: { "Content-Type": METRICS_TYPE } });
    };
  },
});
