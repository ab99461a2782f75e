import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable, file, firstLine, must, type Contender } from "../contenders.ts";
import { AS_ROOT, UPSTREAM_ANSWER, type Upstreams } from "./upstreams.ts";

const CHECKED = {
  refuses: { none: 401, bad: 403 },
  reads: false,
  answer: UPSTREAM_ANSWER,
  role: "peer",
} as const;
const refusal = (text: string) => JSON.stringify({ text, status: "error" });

/** It buffers answers in memory only, as the others do, and passes uploads on as they come. */
function nginx({ port, unix, streaming }: Upstreams, logs: boolean, overUnix: boolean): Contender {
  return {
    ...CHECKED,
    name: `nginx${logs ? " + log" : ""}${overUnix ? ", Unix socket" : ""}`,
    product: "nginx",
    logs,
    version: () => firstLine(["nginx", "-v"])?.replace(/.*\//, "") ?? null,
    install: "apt-get install nginx-light",
    command(folder, own) {
      writeFileSync(
        join(folder, "nginx.conf"),
        `${AS_ROOT}daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 12000; }
http {
  access_log ${logs ? `${folder}/access.log combined buffer=256k flush=1s` : "off"};
  default_type application/json; keepalive_requests 1000000000;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  map $http_authorization $allowed { default 0; "Token token1" 1; "Token token2" 1; }
  map $http_upgrade $upstream_connection { default upgrade; "" ""; }
  upstream requests { server ${overUnix ? `unix:${unix}` : `127.0.0.1:${port}`}; keepalive 1024; keepalive_requests 1000000000; }
  upstream streams { server 127.0.0.1:${streaming}; keepalive 1024; }
  server {
    listen 127.0.0.1:${own} backlog=4096;
    client_max_body_size 0; client_body_buffer_size 128k; proxy_request_buffering off;
    proxy_buffers 8 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;
    proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection $upstream_connection;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Authorization "";
    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    if ($http_authorization = "") { return 401 '${refusal("Missing authorization header")}'; }
    if ($allowed = 0) { return 403 '${refusal("No such token")}'; }
    location / { proxy_pass http://requests; }
    location /stream/ { proxy_pass http://streams; proxy_buffering off; proxy_read_timeout 300s; }
  }
}
`,
      );
      return ["nginx", "-c", join(folder, "nginx.conf"), "-e", "stderr", "-p", folder];
    },
  };
}

function caddy({ port, streaming }: Upstreams): Contender {
  return {
    ...CHECKED,
    name: "Caddy",
    product: "Caddy",
    logs: false,
    version: () => firstLine(["caddy", "version"]),
    install: "apt-get install caddy",
    command(folder, own) {
      const forward = (to: number) => `reverse_proxy 127.0.0.1:${to} {
      header_up -Authorization
      transport http {
        keepalive_idle_conns_per_host 1024
      }
    }`;
      writeFileSync(
        join(folder, "Caddyfile"),
        `{
  admin off
  auto_https off
  storage file_system ${folder}
}
http://127.0.0.1:${own} {
  bind 127.0.0.1
  @authenticated {
    header Authorization "Token token1"
    header Authorization "Token token2"
  }
  @anonymous not header Authorization *
  handle @anonymous {
    respond \`${refusal("Missing authorization header")}\` 401
  }
  handle @authenticated {
    handle /stream/* {
      ${forward(streaming)}
    }
    handle {
      ${forward(port)}
    }
  }
  handle {
    respond \`${refusal("No such token")}\` 403
  }
}
`,
      );
      return ["caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
    },
  };
}

function haproxy({ port, streaming }: Upstreams): Contender {
  return {
    ...CHECKED,
    name: "HAProxy",
    product: "HAProxy",
    logs: false,
    version: () => /[\d.]+/.exec(firstLine(["haproxy", "-v"]) ?? "")?.[0] ?? null,
    install: "apt-get install haproxy",
    command(folder, own) {
      const reply = (status: number, text: string) =>
        `http-request return status ${status} content-type application/json string '${refusal(text)}'`;
      writeFileSync(
        join(folder, "haproxy.cfg"),
        `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  timeout http-keep-alive 60s
frontend gate
  bind 127.0.0.1:${own}
  acl authenticated req.hdr(authorization) -m str "Token token1" "Token token2"
  ${reply(401, "Missing authorization header")} unless { req.hdr(authorization) -m found }
  ${reply(403, "No such token")} unless authenticated
  http-request del-header authorization
  option forwardfor
  use_backend streams if { path_beg /stream/ }
  default_backend requests
backend requests
  server upstream 127.0.0.1:${port} pool-max-conn -1
backend streams
  server upstream 127.0.0.1:${streaming} pool-max-conn -1
`,
      );
      return ["haproxy", "-db", "-f", join(folder, "haproxy.cfg")];
    },
  };
}

function go({ port, streaming }: Upstreams): Contender {
  return {
    ...CHECKED,
    name: "Go ReverseProxy",
    product: "Go",
    logs: false,
    version: () => /go[\d.]+/.exec(firstLine(["go", "version"]) ?? "")?.[0] ?? null,
    install: "apt-get install golang-go",
    prepare: (folder) =>
      must(["go", "build", "-o", executable(folder), file("proxy.go")], folder, {
        GOCACHE: join(folder, "cache"),
        GO111MODULE: "off",
        GOFLAGS: "",
      }),
    command: (folder, own) => [
      ...[executable(folder), String(own)],
      ...[`http://127.0.0.1:${port}`, `http://127.0.0.1:${streaming}`],
    ],
  };
}

/** What one would use instead, each with the same check and the same upstreams. */
export function proxyPeers(upstreams: Upstreams): Contender[] {
  return [
    nginx(upstreams, true, false),
    nginx(upstreams, false, false),
    nginx(upstreams, false, true),
    caddy(upstreams),
    haproxy(upstreams),
    go(upstreams),
  ];
}
