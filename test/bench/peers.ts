import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { file, firstLine, must, type Contender } from "./contenders.ts";

const REFUSES = { none: 401, bad: 403 };
const BOTH_401 = { none: 401, bad: 401 };

const seed: Contender = {
  name: "seed (aiohttp)",
  product: "aiohttp",
  role: "peer",
  logs: false,
  version: () => firstLine(["/usr/bin/python3", "-c", "import aiohttp; print(aiohttp.__version__)"]),
  install: "apt-get install python3-aiohttp",
  command: (_folder, port) => ["/usr/bin/python3", file("seed.py"), String(port)],
  refuses: REFUSES,
  reads: true,
};

function nginx(logs: boolean): Contender {
  return {
    name: logs ? "nginx + log" : "nginx",
    product: "nginx",
    role: "peer",
    logs,
    version: () => firstLine(["nginx", "-v"])?.replace(/.*\//, "") ?? null,
    install: "apt-get install nginx-light",
    command(folder, port) {
      const json = (text: string, status: string) => `'{"text":"${text}","status":"${status}"}'`;
      const log = logs ? `${folder}/access.log combined buffer=256k flush=1s` : "off";
      const location = (path: string) => `location ${path} {
      if ($http_authorization = "") { add_header WWW-Authenticate 'Token realm="token-server"' always; return 401 ${json("Missing authorization header", "error")}; }
      if ($allowed = 0) { return 403 ${json("No such token", "error")}; }
      return 200 ${json("pong", "success")};
    }`;
      writeFileSync(
        join(folder, "nginx.conf"),
        `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 12000; }
http {
  access_log ${log}; default_type application/json; keepalive_requests 1000000000;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  map $http_authorization $allowed { default 0; "Token token1" 1; "Token token2" 1; }
  server {
    listen 127.0.0.1:${port}; client_max_body_size 1m;
    ${location("= /ping")}
    ${location("/items/")}
  }
}
`,
      );
      return ["nginx", "-c", join(folder, "nginx.conf"), "-e", "stderr", "-p", folder];
    },
    refuses: REFUSES,
    reads: false,
  };
}

/** Caddy writes each line by itself: it has no buffer for them. */
function caddy(logs: boolean): Contender {
  return {
    name: logs ? "Caddy + log" : "Caddy",
    product: "Caddy",
    role: "peer",
    logs,
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
  ${logs ? `log {\n    output file ${folder}/access.log {\n      roll_disabled\n    }\n  }` : ""}
  header Content-Type application/json
  @authenticated {
    path /ping /items/*
    header Authorization "Token token1"
    header Authorization "Token token2"
  }
  respond @authenticated \`{"text":"pong","status":"success"}\` 200
  @anonymous not header Authorization *
  respond @anonymous \`{"text":"Missing authorization header","status":"error"}\` 401
  respond \`{"text":"Token doesn't exist","status":"error"}\` 403
}
`,
      );
      return ["caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
    },
    refuses: REFUSES,
    reads: false,
  };
}

/** HAProxy writes no file; what it buffers, in a ring, goes to a log server over TCP. */
function haproxy(logs: boolean): Contender {
  let logServer: Bun.TCPSocketListener | null = null;
  return {
    name: logs ? "HAProxy + log" : "HAProxy",
    product: "HAProxy",
    role: "peer",
    logs,
    version: () => /[\d.]+/.exec(firstLine(["haproxy", "-v"]) ?? "")?.[0] ?? null,
    install: "apt-get install haproxy",
    prepare() {
      if (logs) logServer ??= Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    },
    command(folder, port) {
      const reply = (status: number, text: string, outcome: string) =>
        `http-request return status ${status} content-type application/json string '{"text":"${text}","status":"${outcome}"}'`;
      const ring = `ring lines
  format rfc3164
  maxlen 1024
  size 1048576
  timeout connect 5s
  timeout server 60s
  server log 127.0.0.1:${logServer?.port}
`;
      writeFileSync(
        join(folder, "haproxy.cfg"),
        `global
  nbthread 1
  maxconn 4000
${logs ? `  log ring@lines format rfc3164 local0\n${ring}` : ""}defaults
  mode http
  timeout client 60s
  timeout http-keep-alive 60s
frontend gate
  bind 127.0.0.1:${port}
${logs ? "  log global\n  option httplog\n" : ""}  acl authenticated req.hdr(authorization) -m str "Token token1" "Token token2"
  ${reply(401, "Missing authorization header", "error")} unless { req.hdr(authorization) -m found }
  ${reply(403, "No such token", "error")} unless authenticated
  ${reply(200, "pong", "success")} if { path /ping } or { path_beg /items/ }
`,
      );
      return ["haproxy", "-db", "-f", join(folder, "haproxy.cfg")];
    },
    refuses: REFUSES,
    reads: false,
  };
}

const go: Contender = {
  name: "Go net/http",
  product: "Go",
  role: "peer",
  logs: false,
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
  product: "Hono",
  role: "peer",
  logs: false,
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
  product: "Fastify",
  role: "peer",
  logs: false,
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

/** What one would use instead: each that logs beside the same without. */
export const PEERS: readonly Contender[] = [
  ...[true, false].flatMap((logs) => [nginx(logs), caddy(logs), haproxy(logs)]),
  seed,
  go,
  hono,
  fastify,
];
