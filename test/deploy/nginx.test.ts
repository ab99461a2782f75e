import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certified } from "../support/certificates.ts";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, folderWith, freePort, noted, ROOT, start } from "../support/program.ts";
import { needing } from "../support/needing.ts";
import { refused, TOKEN1 } from "../support/send.ts";

const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
const PAGE = readFileSync(join(ROOT, "docs/deploy/README.md"), "utf8");
const SITE = String(/```nginx\n([^]*?)```/.exec(PAGE)?.[1]);
const { cert, key } = certified("gate");

/** A whole nginx configuration around the page's part, that needs no right and writes nowhere else. */
function nginxFolder(port: number, upstream: number): string {
  const folder = folderWith({ "gate.pem": cert, "gate.key": key });
  const site = SITE.replace("listen 443 ", `listen 127.0.0.1:${port} `)
    .replace(":8000;", `:${upstream};`)
    .replaceAll("/etc/nginx/", `${folder}/`);
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = temp.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    join(folder, "nginx.conf"),
    `${user}\ndaemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr notice;\nevents {}\nhttp {\n${paths}\naccess_log off;\n${site}}\n`,
  );
  return folder;
}

needing({ nginx: NGINX })("docs/deploy/README.md: nginx hands on what token-server answers", async () => {
  expect(SITE).not.toMatch(/listen (?!443 ssl;)/);
  const server = await start(configWith());
  const port = freePort();
  const folder = nginxFolder(port, server.port);
  const command = [String(NGINX), "-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  const judged = Bun.spawnSync([...command, "-t"], { timeout: 10_000 });
  expect(judged.stderr.toString()).toContain("test is successful");
  expect(judged.stderr.toString()).not.toContain("[warn]");

  const nginx = Bun.spawn(command, { stdout: "ignore", stderr: "pipe" });
  noted(nginx);
  const listens = Promise.withResolvers<void>();
  const reading = (async () => {
    let written = "";
    for await (const chunk of nginx.stderr) {
      written += Buffer.from(chunk).toString();
      // Written once its sockets are open.
      if (written.includes(" OS: ")) listens.resolve();
    }
    listens.reject(new Error(`nginx ended: ${written}`));
  })();
  const url = `https://127.0.0.1:${port}/ping`;
  const tls = { ca: cert };
  try {
    await listens.promise;
    expect(await contentOf(url, { tls })).toBe('{"text":"pong","status":"success"}');
    expect(await answerOf(url, { tls })).toMatchObject(
      refused(401, "Missing authorization header", { "www-authenticate": 'Token realm="token-server"' }),
    );
    const body = new Uint8Array(2 * 1024 * 1024);
    expect((await answerOf(url, { tls, method: "POST", headers: TOKEN1, body })).status).toBe(413);
    // The token is not taken where it would be in the clear.
    expect((await answerOf(url.replace("https:", "http:"), AS_TOKEN1)).status).toBe(400);
  } finally {
    nginx.kill();
    await nginx.exited;
    await reading;
    await server.stop();
  }
});
