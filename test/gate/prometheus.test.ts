import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { startOther } from "../support/other-program.ts";
import { page, replaced } from "../support/page.ts";
import { executable, folderWith, start } from "../support/program.ts";
import { ask, EVERY_SECOND, startPrometheus, targets } from "../support/prometheus.ts";

const PAGE = page("docs/gate/prometheus.md");
const [EXPORTER = "", MAKE_TOKEN = ""] = PAGE.blocks("sh");
const [CONFIG = ""] = PAGE.blocks("json");
const [WITH_TOKEN = "", WITH_PASSWORD = ""] = PAGE.blocks("yaml");
const [REFUSED = ""] = PAGE.blocks("text");

/** The page's exporter behind the page's gate, and the folder with the token that the page's command made. */
async function gate() {
  const folder = folderWith({});
  const command = replaced(EXPORTER, { "127.0.0.1:9100": "127.0.0.1:0" }).trim().split(" ");
  const exporter = await startOther(command, /msg="Listening on".* address=(\S+)/);
  const making = replaced(MAKE_TOKEN, { "./token-server": executable() });
  const { exitCode, stdout } = Bun.spawnSync(["sh", "-ec", making], { cwd: folder });
  expect(exitCode).toBe(0);
  const config = replaced(CONFIG, {
    [String(/\{ "sha256": .*\}/.exec(CONFIG)?.[0])]: stdout.toString().trim(),
    '"port": 9101': '"port": 0',
    "127.0.0.1:9100": String(exporter.ready[1]),
  });
  const server = await start(config);
  return {
    folder,
    server,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await exporter[Symbol.asyncDispose]();
    },
  };
}

// Prometheus looks at its targets for the first time after 5 s, so the tests wait side by side.
const withBoth = needing(
  {
    prometheus: Bun.which("prometheus"),
    "prometheus-node-exporter": Bun.which("prometheus-node-exporter"),
  },
  test.concurrent,
);

for (const [title, config] of [
  ["credentials_file", WITH_TOKEN],
  ["basic_auth", WITH_PASSWORD],
] as const) {
  withBoth(
    `docs/gate/prometheus.md: Prometheus scrapes node_exporter with ${title}`,
    async () => {
      expect(config).toContain(title);
      await using behind = await gate();
      const { folder, server } = behind;
      await using prometheus = await startPrometheus(
        `global: ${JSON.stringify(EVERY_SECOND)}\n${replaced(config, { "/etc/prometheus": folder, "127.0.0.1:9101": `127.0.0.1:${server.port}` })}`,
      );
      expect(await ask(prometheus, "up == 1")).toEqual([[{}, "1"]]);
      expect(await ask(prometheus, "node_exporter_build_info")).toHaveLength(1);
      await server.wrote("GET /metrics 200");
      expect(server.out()).toMatch(/GET \/metrics 200 .* user prometheus$/m);
      expect(server.out()).not.toContain(readFileSync(join(folder, "node.token"), "utf8").trim());
    },
    40_000,
  );
}

withBoth(
  "docs/gate/prometheus.md: Prometheus shows that its token is not accepted",
  async () => {
    await using behind = await gate();
    const folder = folderWith({ "node.token": "wrong\n" });
    const target = `127.0.0.1:${behind.server.port}`;
    const config = replaced(WITH_TOKEN, { "/etc/prometheus": folder, "127.0.0.1:9101": target });
    await using prometheus = await startPrometheus(`global: ${JSON.stringify(EVERY_SECOND)}\n${config}`);
    expect(await ask(prometheus, "up == 0")).toEqual([[{}, "0"]]);
    expect(await targets(prometheus)).toEqual([
      expect.objectContaining({ health: "down", lastError: REFUSED.trim() }),
    ]);
  },
  40_000,
);
