import type { Answer, Context, Guard } from "../../http/handler.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Dialect } from "./original-request.ts";

/**
 * Makes every answer of a verify route usable for the proxy, whichever guard it comes from: no cache may store it, and
 * nginx gets only 401 and 403. nginx turns any other refusal of an auth_request into a 500, so a refusal that is not 401
 * becomes 403, with its real status in X-Token-Status.
 */
export function verifyAnswers(dialect: Dialect): Guard {
  return (request, exchange, next) => {
    exchange.addHeader("Cache-Control", "no-store");
    const given = next(request, exchange);
    if (dialect !== "nginx") return given;
    return given instanceof Promise
      ? given.then((late) => passable(late, exchange))
      : passable(given, exchange);
  };
}

function passable(given: Answer, exchange: Context): Answer {
  if (!(given instanceof Refusal) || given.status === 401) return given;
  exchange.addHeader("X-Token-Status", String(given.status));
  return given.withStatus(403);
}
