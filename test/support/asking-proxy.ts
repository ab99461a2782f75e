import { expect } from "bun:test";
import { join } from "node:path";
import { foldedName } from "../../src/http/folded-name.ts";
import { echoService, type Received } from "./echo-service.ts";
import { page, replaced } from "./page.ts";
import { executable, folderWith, freePort, start, type Program } from "./program.ts";
import { CADDY, NGINX, startCaddy, startNginx } from "./proxies.ts";

/** The ports of a run: the page's ports are those of its example. */
interface Ports {
  readonly proxy: number;
  readonly gate: number;
  readonly service: number;
}

/** The proxies that ask, each with what differs from one to the other. */
export const ASKING_PROXIES = [
  {
    name: "nginx",
    program: NGINX,
    start: (site: string) => startNginx(site),
    portsIn: ({ proxy, gate, service }: Ports) => ({
      "listen 8080;": `listen 127.0.0.1:${proxy};`,
      "127.0.0.1:8000;": `127.0.0.1:${gate};`,
      "127.0.0.1:9000;": `127.0.0.1:${service};`,
    }),
    language: "nginx",
    /** The text of a refusal: nginx passes on no content of an auth_request. */
    text: (_own: string, status: 400 | 401) => ({ 400: "Bad request", 401: "Unauthorized" })[status],
    /** What the client gets while token-server does not run. */
    without: 500,
    /** The aliases that the proxy removes; of the others token-server refuses the request. */
    removes: ["X_Auth_User", "x.auth.user", "X-Auth_Token.Id", "x~auth~user"],
    refuses: ["XAuthUser", "X--Auth-User"],
  },
  {
    name: "caddy",
    program: CADDY,
    start: (caddyfile: string) => startCaddy(caddyfile),
    portsIn: ({ proxy, gate, service }: Ports) => ({
      ":8080 {": `:${proxy} {`,
      "127.0.0.1:8000": `127.0.0.1:${gate}`,
      "127.0.0.1:9000": `127.0.0.1:${service}`,
    }),
    language: "caddyfile",
    text: (own: string) => own,
    without: 502,
    removes: ["X_Auth_User", "x.auth.user", "X-Auth_Token.Id"],
    refuses: ["XAuthUser", "X--Auth-User", "x~auth~user"],
  },
];

/** A proxy that asks. */
export type AskingProxy = (typeof ASKING_PROXIES)[number];

/** The configs of a page as they run: a proxy that asks token-server and passes requests on to a service. */
export interface AskingSetup extends AsyncDisposable {
  /** What the service received of requests that are sent meanwhile. */
  received(send: () => Promise<unknown>): Promise<readonly Received[]>;
  readonly gate: Program;
  /** Where the config and the token are. */
  readonly folder: string;
  readonly port: number;
  readonly url: string;
}

/** The token that the pages keep in a file. */
export const TOKEN = "k3J9qLw27TbXz81RmVn4";
/** The credentials of anna, who has it. */
export const AS_ANNA = { Authorization: `Bearer ${TOKEN}` };
/** The headers of her identity. */
export const ANNA = {
  "x-auth-user": "anna",
  "x-auth-token-id": expect.stringMatching(/^[0-9a-f]{8}$/),
  "x-auth-scopes": "-",
};
/** The headers of an identity that a client claims. */
export const FORGED = { "X-Auth-User": "root", "X-Auth-Token-Id": "0", "X-Auth-Scopes": "all" };
/** The challenge of the pages' gates. */
export const CHALLENGE = 'Bearer realm="token-server"';

/** Runs what a page shows. Only ports differ, and what `changed` replaces in config.json. */
export async function runPage(
  proxy: AskingProxy,
  changed: Readonly<Record<string, string>> = {},
): Promise<AskingSetup> {
  const { blocks } = page(`docs/gate/${proxy.name}.md`);
  const [config = ""] = blocks("json");
  const [own = ""] = blocks(proxy.language);
  const folder = folderWith({
    "config.json": replaced(config, { '"port": 8000': '"port": 0', ...changed }),
    "anna.token": TOKEN,
  });
  const service = echoService();
  const gate = await start("", [executable(), "--config", join(folder, "config.json")]);
  const port = freePort();
  const ports = { proxy: port, gate: gate.port, service: service.port };
  const running = await proxy.start(replaced(own, proxy.portsIn(ports)));
  return {
    ...{ gate, folder, port, url: `http://127.0.0.1:${port}` },
    async received(send) {
      const before = service.received.length;
      await send();
      return service.received.slice(before);
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await gate.stop();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** The identity that the service behind a proxy sees, under whatever name. */
export function identityOf(
  received: Pick<Received, "headers"> | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(received?.headers ?? {}).filter(([name]) => foldedName(name).startsWith("xauth")),
  );
}
