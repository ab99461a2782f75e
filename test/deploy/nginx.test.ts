import { expect } from "bun:test";
import { certified } from "../support/certificates.ts";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { needing } from "../support/needing.ts";
import { page, replaced } from "../support/page.ts";
import { configWith, folderWith, freePort, start } from "../support/program.ts";
import { NGINX, nginxCommand, startNginx } from "../support/proxies.ts";
import { refused, TOKEN1 } from "../support/send.ts";

const [SITE = ""] = page("docs/deploy/README.md").blocks("nginx");
const { cert, key } = certified("gate");

needing({ nginx: NGINX })("docs/deploy/README.md: nginx hands on what token-server answers", async () => {
  expect(SITE).not.toMatch(/listen (?!443 ssl;)/);
  const server = await start(configWith());
  const port = freePort();
  const folder = folderWith({ "gate.pem": cert, "gate.key": key });
  const site = replaced(SITE, {
    "listen 443 ": `listen 127.0.0.1:${port} `,
    ":8000;": `:${server.port};`,
    "/etc/nginx/": `${folder}/`,
  });
  const judged = Bun.spawnSync([...nginxCommand(site), "-t"], { timeout: 10_000 });
  expect(judged.stderr.toString()).toContain("test is successful");
  expect(judged.stderr.toString()).not.toContain("[warn]");
  await using _nginx = await startNginx(site);
  const url = `https://127.0.0.1:${port}/ping`;
  const tls = { ca: cert };
  expect(await contentOf(url, { tls })).toBe('{"text":"pong","status":"success"}');
  expect(await answerOf(url, { tls })).toMatchObject(
    refused(401, "Missing authorization header", { "www-authenticate": 'Token realm="token-server"' }),
  );
  const body = new Uint8Array(2 * 1024 * 1024);
  expect((await answerOf(url, { tls, method: "POST", headers: TOKEN1, body })).status).toBe(413);
  // The token is not taken where it would be in the clear.
  expect((await answerOf(url.replace("https:", "http:"), AS_TOKEN1)).status).toBe(400);
  await server.stop();
});
