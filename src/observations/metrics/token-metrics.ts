import { gauge, type Metric } from "./exposition.ts";
import { counts } from "./series.ts";

/** What the metrics show of the tokens. Times are milliseconds since 1970. */
export interface TokenFacts {
  /** How many tokens are in which state. */
  readonly states: Readonly<Record<string, number>>;
  /** Active ones that expire within 14 days. */
  readonly expiring: number;
  /** Tokens in memory. */
  readonly indexSize: number;
  /** Null where the config names no store. */
  readonly store: { readonly isUp: boolean; readonly lastChange: number | null } | null;
}

/** Counts refused tokens, and formats that and the facts. */
export interface TokenMetrics {
  /** Counts a refused token. */
  count(reason: string): void;
  metrics(facts: TokenFacts): readonly Metric[];
}

/** The metrics of tokens. */
export function tokenMetrics(): TokenMetrics {
  const refusals: Record<string, number> = counts(REASONS);
  return {
    count(reason) {
      const before = refusals[reason];
      if (before !== undefined) refusals[reason] = before + 1;
    },
    metrics: ({ states, expiring, indexSize, store }) => [
      {
        name: "token_server_tokens",
        type: "gauge",
        help: "Tokens, by state.",
        samples: Object.entries(states).map(([state, value]) => ({ labels: { state }, value })),
      },
      gauge("token_server_tokens_expiring", "Active tokens that expire within 14 days.", expiring),
      gauge("token_server_token_index_size", "Tokens in memory, revoked and expired ones too.", indexSize),
      gauge(
        "token_server_token_store_up",
        "1 while the token store can be reached, 0 while it is away.",
        store && Number(store.isUp),
      ),
      gauge(
        "token_server_token_store_last_change_timestamp_seconds",
        "When the last change of the token store was applied, in seconds since 1970.",
        store?.lastChange == null ? null : store.lastChange / 1000,
      ),
      {
        name: "token_server_token_refusals_total",
        type: "counter",
        help: "Refused tokens, by reason.",
        samples: Object.entries(refusals).map(([reason, value]) => ({ labels: { reason }, value })),
      },
    ],
  };
}

const REASONS = ["unknown", "revoked", "disabled", "expired", "not_yet", "wrong_network", "store_away"];
