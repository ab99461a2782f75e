import type { Running } from "./running.ts";

/** Throws unless a server answers as it must: no figure counts for one that does not. */
export async function checkAnswers({ contender, port }: Running): Promise<void> {
  const ask = async (headers: Record<string, string>, path = "/ping", init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    return { status: response.status, text: await response.text() };
  };
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`does not answer ${what} as it must`);
  };
  const good = { Authorization: "Token token1" };
  const isPong = ({ status, text }: { status: number; text: string }) =>
    status === 200 && Bun.deepEquals(JSON.parse(text), contender.answer ?? PONG);
  must(isPong(await ask(good)), "a known token");
  must(isPong(await ask(good, "/items/0007/notes?page=3")), "a known token at another URL");
  if (contender.reads)
    must(isPong(await ask(good, "/read", { method: "POST", body: "x".repeat(512 * 1024) })), "a POST");
  if (contender.refuses === null) return;
  const none = await ask({});
  must(none.status === contender.refuses.none && !none.text.includes("pong"), `no token (${none.status})`);
  const bad = await ask({ Authorization: "Token token3" });
  must(bad.status === contender.refuses.bad && !bad.text.includes("pong"), `a bad token (${bad.status})`);
}

const PONG = { text: "pong", status: "success" };
