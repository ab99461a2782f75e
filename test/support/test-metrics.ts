import { refusal } from "../../src/http/refusal.ts";
import { metrics, type Metrics } from "../../src/observations/metrics/metrics.ts";
import type { TokenFacts } from "../../src/observations/metrics/token-metrics.ts";
import { exchangeOf } from "./exchange.ts";

/** The time of the clock of `made`, in milliseconds since 1970. */
export const NOW = 1_795_461_679_250;
/** What `made` shows of the tokens. */
export const TOKENS: TokenFacts = {
  states: { revoked: 1, disabled: 0, expired: 0, not_yet: 0, active: 3 },
  expiring: 2,
  indexSize: 4,
  store: { isUp: true, lastChange: NOW },
};
/** A refusal. */
export const no = refusal("token_unknown", "Token doesn't exist");
/** The rest of an exchange that is over. */
export const ended = { exchange: exchangeOf(), status: 200, milliseconds: 0.25 } as const;

/** Metrics of a server that has just started. */
export function made(): Metrics {
  return metrics({
    version: "1.2.3",
    clock: { now: () => NOW },
    inFlight: () => 2,
    droppedLogLines: () => 5,
    tokens: () => TOKENS,
  });
}

/** Answers a request with these properties. */
export function answered({ observe }: Metrics, known: Parameters<typeof exchangeOf>[0], status = 200): void {
  observe({ kind: "answered", exchange: exchangeOf(known), status, milliseconds: 0.25 });
}

/** The metrics of the server, without those of the process. */
export function serverText({ text }: Metrics): string {
  return text().split("# HELP process_")[0] ?? "";
}

/** The samples of one name, without the name. */
export function samples(of: Metrics, name: string): string[] {
  return of
    .text()
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length).trim());
}
