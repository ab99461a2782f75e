import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOther, type OtherProgram } from "./other-program.ts";
import { folderWith } from "./program.ts";

/** Where the programs are; null where they are not installed. */
export const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
export const CADDY = Bun.which("caddy");

/** Starts an nginx with this part of its `http` block. */
export async function startNginx(site: string): Promise<OtherProgram> {
  // Written once its sockets are open.
  return await startOther(nginxCommand(site), / OS: /);
}

/** The command of such an nginx. It needs no right and writes into a folder of its own only. */
export function nginxCommand(site: string): readonly string[] {
  const folder = folderWith({});
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const lines = [
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    ...["daemon off;", "master_process off;", `pid ${folder}/pid;`, "error_log stderr notice;", "events {}"],
    ...[
      "http {",
      ...temp.map((name) => `${name}_temp_path ${folder}/${name};`),
      "access_log off;",
      site,
      "}",
    ],
  ];
  const file = join(folder, "nginx.conf");
  writeFileSync(file, lines.join("\n"));
  return [String(NGINX), "-p", folder, "-c", file, "-e", "stderr"];
}

/** Starts a Caddy with this Caddyfile, on loopback and without its admin API. It writes into a folder of its own only. */
export async function startCaddy(caddyfile: string): Promise<OtherProgram> {
  const options = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n";
  const folder = folderWith({ Caddyfile: `${options}${caddyfile}` });
  const command = [String(CADDY), "run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
  const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  return await startOther(command, /"serving initial configuration"/, home);
}
