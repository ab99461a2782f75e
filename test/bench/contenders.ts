import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** A server that the benchmark measures, or a form of one. */
export interface Contender {
  readonly name: string;
  /** Its version, or null where it isn't installed. */
  version(): string | null;
  /** How to get it, for whoever reads that it was skipped. */
  readonly install: string;
  /** Writes and builds what it needs into a folder of its own. */
  prepare?(folder: string): void;
  /** The command that serves on a port of 127.0.0.1. */
  command(folder: string, port: number): readonly string[];
  /** What it answers to no token and to a bad one; null where it checks nothing. */
  readonly refuses: { readonly none: number; readonly bad: number } | null;
  /** Whether it has `POST /read`, a route that reads its content. */
  readonly reads: boolean;
}

const HERE = import.meta.dir;
const ROOT = resolve(HERE, "../..");
const file = (name: string) => join(HERE, "contenders", name);
const REFUSES = { none: 401, bad: 403 };
const BOTH_401 = { none: 401, bad: 401 };

/** What a command says in its first line, or null where there is no such command. */
export function firstLine(command: readonly string[]): string | null {
  try {
    const { stdout, stderr, exitCode } = Bun.spawnSync([...command], { stdin: "ignore" });
    const text = stdout.toString().trim() || stderr.toString().trim();
    return exitCode === 0 ? (text.split("\n")[0] ?? "") : null;
  } catch {
    return null;
  }
}

/** Runs a command to its end in a folder; throws what it said where it fails. */
export function must(command: readonly string[], cwd: string, env: Record<string, string> = {}): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, env: { ...process.env, ...env } });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stdout.toString()}${stderr.toString()}`);
}

/** Our own executable with this log level and these tokens, compiled from this entry. */
export function ours(
  name: string,
  level: string,
  tokens: () => readonly string[],
  entry = "src/main.ts",
): Contender {
  return {
    name,
    version: () => packageJson.version,
    install: "bun run build",
    prepare(folder) {
      const build = packageJson.scripts.build.replace(
        "--outfile token-server",
        `--outfile ${folder}/token-server`,
      );
      must([process.execPath, ...build.split(" ").slice(1, -1), entry], ROOT);
      const http = (port: string) => ({ host: "127.0.0.1", port, allowed_tokens: tokens() });
      const config = { server: { http: http("PORT") }, log: { level: [{ logger: "server_logger", level }] } };
      writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    },
    command(folder, port) {
      const template = join(folder, "config.json");
      // The port is known only now; a million tokens are not written twice for it.
      must(["sed", "-i", "-E", `s/"port":("PORT"|[0-9]+)/"port":${port}/`, template], folder);
      return [join(folder, "token-server"), "--config", template];
    },
    refuses: REFUSES,
    reads: false,
  };
}

/** token-server as it is shipped, logging at INFO. */
export const TOKEN_SERVER = ours("token-server", "INFO", () => ["token1", "token2"]);

/** The same with a route that reads content. */
export const READING_SERVER: Contender = {
  ...ours("token-server", "INFO", () => ["token1", "token2"], "test/bench/contenders/reading-server.ts"),
  reads: true,
};

/** A Bun.serve that checks nothing: what all ratios are to. */
export const BARE: Contender = {
  name: "bare Bun.serve",
  version: () => Bun.version,
  install: "npm install --global bun@1.4.5",
  command: (_folder, port) => [process.execPath, file("bare.ts"), String(port)],
  refuses: null,
  reads: true,
};

const seed: Contender = {
  name: "seed (aiohttp)",
  version: () => firstLine(["/usr/bin/python3", "-c", "import aiohttp; print(aiohttp.__version__)"]),
  install: "apt-get install python3-aiohttp",
  command: (_folder, port) => ["/usr/bin/python3", file("seed.py"), String(port)],
  refuses: REFUSES,
  reads: true,
};

const nginx: Contender = {
  name: "nginx (map)",
  version: () => firstLine(["nginx", "-v"])?.replace(/.*\//, "") ?? null,
  install: "apt-get install nginx-light",
  command(folder, port) {
    const json = (text: string, status: string) => `'{"text":"${text}","status":"${status}"}'`;
    writeFileSync(
      join(folder, "nginx.conf"),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 12000; }
http {
  access_log off; default_type application/json; keepalive_requests 1000000000;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  map $http_authorization $allowed { default 0; "Token token1" 1; "Token token2" 1; }
  server {
    listen 127.0.0.1:${port}; client_max_body_size 1m;
    location = /ping {
      if ($http_authorization = "") { add_header WWW-Authenticate 'Token realm="token-server"' always; return 401 ${json("Missing authorization header", "error")}; }
      if ($allowed = 0) { return 403 ${json("No such token", "error")}; }
      return 200 ${json("pong", "success")};
    }
  }
}
`,
    );
    return ["nginx", "-c", join(folder, "nginx.conf"), "-e", "stderr", "-p", folder];
  },
  refuses: REFUSES,
  reads: false,
};

const caddy: Contender = {
  name: "Caddy (header)",
  version: () => firstLine(["caddy", "version"]),
  install: "apt-get install caddy",
  command(folder, port) {
    writeFileSync(
      join(folder, "Caddyfile"),
      `{
  admin off
  auto_https off
  storage file_system ${folder}
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  header Content-Type application/json
  @friend {
    path /ping
    header Authorization "Token token1"
    header Authorization "Token token2"
  }
  respond @friend \`{"text":"pong","status":"success"}\` 200
  @stranger not header Authorization *
  respond @stranger \`{"text":"Missing authorization header","status":"error"}\` 401
  respond \`{"text":"Token doesn't exist","status":"error"}\` 403
}
`,
    );
    return ["caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
  },
  refuses: REFUSES,
  reads: false,
};

const haproxy: Contender = {
  name: "HAProxy (header)",
  version: () => /[\d.]+/.exec(firstLine(["haproxy", "-v"]) ?? "")?.[0] ?? null,
  install: "apt-get install haproxy",
  command(folder, port) {
    const say = (status: number, text: string, outcome: string) =>
      `http-request return status ${status} content-type application/json string '{"text":"${text}","status":"${outcome}"}'`;
    writeFileSync(
      join(folder, "haproxy.cfg"),
      `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client 60s
  timeout http-keep-alive 60s
frontend gate
  bind 127.0.0.1:${port}
  acl friend req.hdr(authorization) -m str "Token token1" "Token token2"
  ${say(401, "Missing authorization header", "error")} unless { req.hdr(authorization) -m found }
  ${say(403, "No such token", "error")} unless friend
  ${say(200, "pong", "success")} if { path /ping }
`,
    );
    return ["haproxy", "-db", "-f", join(folder, "haproxy.cfg")];
  },
  refuses: REFUSES,
  reads: false,
};

const go: Contender = {
  name: "Go net/http (map)",
  version: () => /go[\d.]+/.exec(firstLine(["go", "version"]) ?? "")?.[0] ?? null,
  install: "apt-get install golang-go",
  prepare: (folder) =>
    must(["go", "build", "-o", join(folder, "server"), file("main.go")], folder, {
      GOCACHE: join(folder, "cache"),
      GO111MODULE: "off",
      GOFLAGS: "",
    }),
  command: (folder, port) => [join(folder, "server"), String(port)],
  refuses: REFUSES,
  reads: true,
};

const HONO = "4.13.19";
const hono: Contender = {
  name: "Hono on Bun",
  version: () => HONO,
  install: "npm, and a registry it reaches",
  prepare: (folder) => installInto(folder, "hono.mjs", [`hono@${HONO}`]),
  command: (folder, port) => [process.execPath, join(folder, "hono.mjs"), String(port)],
  refuses: BOTH_401,
  reads: true,
};

const FASTIFY = "5.12.8";
const fastify: Contender = {
  name: "Fastify on Node",
  version: () => (firstLine(["node", "--version"]) === null ? null : FASTIFY),
  install: "npm, and a registry it reaches",
  prepare: (folder) =>
    installInto(folder, "fastify.mjs", [`fastify@${FASTIFY}`, "@fastify/bearer-auth@10.1.3"]),
  command: (folder, port) => ["node", join(folder, "fastify.mjs"), String(port)],
  refuses: BOTH_401,
  reads: true,
};

function installInto(folder: string, entry: string, packages: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  copyFileSync(file(entry), join(folder, entry));
  must(["npm", "install", "--silent", "--no-audit", "--no-fund", ...packages], folder);
}

/** What a user would pick instead. */
export const PEERS: readonly Contender[] = [seed, nginx, caddy, haproxy, go, hono, fastify];
