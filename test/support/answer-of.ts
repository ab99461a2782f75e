import { TOKEN1, whole } from "./send.ts";

/** What a request has that carries the seed's first token. */
export const AS_TOKEN1 = { headers: TOKEN1 };

/** Sends one request over a connection of its own; gives status, headers (without `date`) and content of its answer. */
export async function answerOf(url: string, init: BunFetchRequestInit = {}) {
  return await whole(await fetch(url, { keepalive: false, redirect: "manual", ...init }));
}

/** The status of the answer to a request for /ping with a token. */
export async function pingStatus(url: string, token: string): Promise<number> {
  return (await answerOf(`${url}/ping`, { headers: { Authorization: `Token ${token}` } })).status;
}

/** The content of the answer to a request with the seed's first token. */
export async function contentOf(url: string, init: BunFetchRequestInit = {}): Promise<string> {
  return (await answerOf(url, { ...AS_TOKEN1, ...init })).content;
}
