import { expect } from "bun:test";
import { answerOf } from "../support/answer-of.ts";
import { ASKING_PROXIES } from "../support/asking-proxy.ts";
import { needing } from "../support/needing.ts";
import { page, replaced } from "../support/page.ts";
import { freePort } from "../support/program.ts";
import { NGINX, startNginx } from "../support/proxies.ts";

needing({ nginx: NGINX })("docs/gate/nginx.md: a refusal has its real status again", async () => {
  let status: string | null = null;
  using gate = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      new Response(null, { status: 403, headers: status === null ? {} : { "X-Token-Status": status } }),
  });
  const port = freePort();
  const [site = ""] = page("docs/gate/nginx.md").blocks("nginx");
  const ports = { proxy: port, gate: Number(gate.port), service: freePort() };
  await using _nginx = await startNginx(replaced(site, ASKING_PROXIES[0]!.portsIn(ports)));
  for (const [given, expected, text] of [
    ["400", 400, "Bad request"],
    ["403", 403, "Forbidden"],
    ["503", 503, "Service unavailable"],
    [null, 403, "Forbidden"],
  ] as const) {
    status = given;
    expect(await answerOf(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" })).toMatchObject({
      status: expected,
      headers: { "content-type": "application/json" },
      content: JSON.stringify({ text, status: "error" }),
    });
  }
});
