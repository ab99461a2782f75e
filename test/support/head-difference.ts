import { expect } from "bun:test";
import { requestBytes, type Gate } from "./gate.ts";
import type { RawHead } from "./raw-message.ts";
import type { RawUpstream } from "./raw-upstream.ts";

/** What an upstream receives of a request with a host and a token alone, in alphabetical order. */
const base = (host: string) => [
  `Host: ${host}`,
  "X-Auth-Scopes: -",
  "X-Auth-Token-Id: ID",
  "X-Auth-User: anna",
  "X-Forwarded-For: 127.0.0.1",
  `X-Forwarded-Host: ${host}`,
  "X-Forwarded-Proto: http",
  "X-Request-Id: MINTED",
];

/** How a head at the upstream differs from that of a request with a host and a token alone. */
export interface HeadDifference {
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

/** No difference. */
export const SAME: HeadDifference = { added: [], missing: [] };

/** Sends a request with these field lines, which has to be passed on once, and compares what arrives. */
export async function headDifference(
  gate: Gate,
  upstream: RawUpstream,
  lines: readonly string[],
  { host = "gate.test", target = "/x", auth = true } = {},
): Promise<HeadDifference> {
  const answer = await gate.ask(requestBytes(target, lines, { host, auth }));
  expect(answer.start).toBe("HTTP/1.1 200 OK");
  expect(upstream.requests).toHaveLength(1);
  const seen = fieldLines(upstream.requests[0]!);
  const without = (all: string[], some: string[]) => all.filter((line) => !some.includes(line));
  return { added: without(seen, base(host)), missing: without(base(host), seen) };
}

/** A name for the minted or derived values of a head: ids that differ from run to run. */
const IDS = [
  [/^(X-Request-Id): [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "$1: MINTED"],
  [/^(X-Auth-Token-Id): [0-9a-z]{8,}$/i, "$1: ID"],
] as const;

/** The field lines of a head in alphabetical order, with a word in place of each id. */
function fieldLines({ lines }: RawHead): string[] {
  return lines.map((line) => IDS.reduce((text, [id, word]) => text.replace(id, word), line)).toSorted();
}
