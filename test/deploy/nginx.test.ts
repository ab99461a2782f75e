import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configWith, curl, folderWith, freePort, noted, ROOT, start } from "../executable/program.ts";

const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
const PAGE = readFileSync(join(ROOT, "docs/deploy/README.md"), "utf8");
const SITE = String(/```nginx\n([^]*?)```/.exec(PAGE)?.[1]);

/** A whole nginx configuration around the page's part, that needs no right and writes nowhere else. */
function nginxFolder(port: number, upstream: number): string {
  const site = SITE.replace("listen 80;", `listen 127.0.0.1:${port};`).replace(":8000;", `:${upstream};`);
  const folder = folderWith({});
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = temp.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    join(folder, "nginx.conf"),
    `${user}\ndaemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\n${paths}\naccess_log off;\n${site}}\n`,
  );
  return folder;
}

test.skipIf(!NGINX)("docs/deploy/README.md: nginx hands on what token-server answers", async () => {
  const server = await start(configWith());
  const port = freePort();
  const folder = nginxFolder(port, server.port);
  const command = [String(NGINX), "-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  const judged = Bun.spawnSync([...command, "-t"], { timeout: 10_000 });
  expect(judged.stderr.toString()).toContain("test is successful");
  expect(judged.stderr.toString()).not.toContain("[warn]");

  const nginx = Bun.spawn(command, { stdout: "ignore", stderr: "ignore" });
  noted(nginx);
  const url = `http://127.0.0.1:${port}/ping`;
  const retry = ["--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--retry-max-time", "10"];
  const status = ["-o", join(folder, "answer"), "-w", "%{http_code}"];
  const answer = () => readFileSync(join(folder, "answer"), "utf8");
  try {
    expect(await curl(...retry, ...status, "-H", "Authorization: Token token1", url)).toBe("200");
    expect(answer()).toBe('{"text":"pong","status":"success"}');
    expect(await curl("-i", url)).toContain('WWW-Authenticate: Token realm="token-server"');
    writeFileSync(join(folder, "large"), new Uint8Array(2 * 1024 * 1024));
    const upload = ["-H", "Authorization: Token token1", "--data-binary", `@${join(folder, "large")}`];
    expect(await curl(...status, ...upload, url)).toBe("413");
  } finally {
    nginx.kill();
    await nginx.exited;
    await server.stop();
  }
});
