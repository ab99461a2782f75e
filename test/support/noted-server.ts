import type { Config } from "../../src/config/config.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { readWithLifetime, type LifetimeOptions } from "../../src/server/lifetime.ts";
import { SYSTEM_CLOCK, type Server } from "../../src/server/server.ts";
import { configOfTokens } from "./seed-config.ts";

/** A config whose server stops without a drain. */
export const CONFIG = configOfTokens(["token1"], { stop: { drain: 0, deadline: 7 } });
/** The lifetime options of a config. */
export const lifetimeOf = (config: Config): LifetimeOptions =>
  readWithLifetime(() => config, SYSTEM_CLOCK).lifetime;
/** Those of CONFIG. */
export const LIFETIME = lifetimeOf(CONFIG);

/** A server that only notes its calls and observations, and a promise of its next observation of a kind. */
export function notedServer(cut = 0) {
  const notes: unknown[] = [];
  const waiting: { kind: string; resolve: () => void }[] = [];
  const server: Server = {
    url: "",
    clock: SYSTEM_CLOCK,
    inFlight: () => 3,
    observe(observation: Observation) {
      notes.push(observation);
      for (const { kind, resolve } of waiting) if (kind === observation.kind) resolve();
    },
    async reload(config) {
      if (config.size.maxSize === 0) throw new Error("a fault of ours");
      notes.push(`reload ${config.tokens.tokens}`);
      server.observe({ kind: "reloaded", tokens: 1 });
    },
    drain: () => void notes.push("drain"),
    stop: async (deadline) => (notes.push(`stop ${deadline}`), cut),
    closeLog: async () => void notes.push("close log"),
  };
  const observed = (kind: Observation["kind"]) =>
    new Promise<void>((resolve) => waiting.push({ kind, resolve }));
  return { server, notes, observed };
}

/** What such a server notes of a stop. */
export const stopped = (signal: string, cut: number, deadline = 7) => [
  { kind: "stopping", signal, inFlight: 3 },
  `stop ${deadline}`,
  { kind: "stopped", cut },
  "close log",
];
