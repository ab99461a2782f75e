import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { fillIndex, tokenIndex } from "../../src/tokens/token-index.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";

// Fills an index with a million records, and prints how many bytes each takes of the memory of the process.

const COUNT = 1_000_000;

/** Records as a store makes them: strings and lists of their own, many users, and times that are all different. */
function* records(): Generator<TokenRecord> {
  for (let at = 0; at < COUNT; at += 1) {
    const rules = { notBefore: at, expires: 1e12 + at, disabled: at % 7 === 0, revoked: at % 11 === 0 };
    const from = at % 5 === 0 ? ["10.0.0.0/8"] : [];
    yield {
      digest: crypto.getRandomValues(new Uint8Array(32)),
      user: { name: textOf(`person-${at % 100_000}`) },
      handle: textOf(HANDLES[at % HANDLES.length] ?? ""),
      rules: { ...rules, scopes: at % 3 === 0 ? ["read", "write"] : ["read"], from },
    };
  }
}

/** A new string, as a database returns it. */
function textOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function memory(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

const HANDLES = Array.from({ length: 1000 }, () => mintedHandle(mintToken()) ?? "");
const index = tokenIndex(tokenIds());
const before = memory();
await fillIndex(index, {
  open: async () => records(),
  onChange() {},
  state: () => ({ kind: "connected", since: 0, loaded: true }),
  close: async () => {},
});
console.log(JSON.stringify({ tokens: index.size, bytes: Math.round((memory() - before) / COUNT) }));
