import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, executable, file, firstLine, type Contender } from "../contenders.ts";

/** For nginx: its workers are another user by default, who may not enter our folder. */
export const AS_ROOT = process.getuid?.() === 0 ? "user root; " : "";
/** What nginx answers to every path but `/large`: 200 bytes. */
export const UPSTREAM_ANSWER = { text: "pong", status: "success", more: "x".repeat(156) };
/** The bytes of `/large`. */
export const LARGE = 2 ** 30;

/** Where the contenders forward to. */
export interface Upstreams {
  /** nginx, which answers requests and sends the large file. */
  readonly port: number;
  /** The same on a Unix socket. */
  readonly unix: string;
  /** The port of what answers below `/stream/`. */
  readonly streaming: number;
}

/** Of the upstream's folder, its Unix socket. */
export const unixSocket = (folder: string) => join(folder, "upstream.sock");
/** Of the upstream's folder, the file that is uploaded and downloaded: a hole, so that no disk is measured. */
export const largeFile = (folder: string) => join(folder, "large");

/** nginx with keep-alive connections that never end; it runs beside the load. */
export const UPSTREAM: Contender = {
  name: "no proxy",
  product: "nginx",
  role: "baseline",
  logs: false,
  version: () => firstLine(["nginx", "-v"])?.replace(/.*\//, "") ?? null,
  install: "apt-get install nginx-light",
  prepare(folder) {
    writeFileSync(largeFile(folder), "");
    truncateSync(largeFile(folder), LARGE);
  },
  command(folder, port) {
    writeFileSync(
      join(folder, "nginx.conf"),
      `${AS_ROOT}daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 12000; }
http {
  access_log off; default_type application/json; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server {
    listen 127.0.0.1:${port} backlog=4096; listen unix:${unixSocket(folder)}; client_max_body_size 0;
    location / { return 200 '${JSON.stringify(UPSTREAM_ANSWER)}'; }
    location = /large { alias ${largeFile(folder)}; default_type application/octet-stream; }
  }
}
`,
    );
    return ["nginx", "-c", join(folder, "nginx.conf"), "-e", "stderr", "-p", folder];
  },
  refuses: null,
  reads: false,
  answer: UPSTREAM_ANSWER,
};

/** A Bun.serve for what nginx can't answer; it runs beside the load. */
export const STREAMING_UPSTREAM: Contender = {
  name: "streaming upstream",
  product: "Bun",
  role: "baseline",
  logs: false,
  version: () => Bun.version,
  install: "npm install --global bun@1.4.5",
  prepare: (folder) => compile(file("streaming-upstream.ts"), folder),
  command: (folder, port) => [executable(folder), String(port)],
  refuses: null,
  reads: false,
};
