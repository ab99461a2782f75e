import { describe, expect, test } from "bun:test";
import { listenText } from "../../src/listen/listen-error.ts";
import { listenOn } from "../support/seed-config.ts";

const fault = (code: string) => Object.assign(new Error("the cause"), { code });

describe("listenText()", () => {
  const ports: [string, string][] = [
    [
      "EADDRINUSE",
      "c:1:2: server.admin.port 81 on 127.0.0.1 is taken by another program; ss -ltnp 'sport = :81' shows which; stop it or set another port",
    ],
    [
      "EACCES",
      "c:1:2: server.admin.port 81 is not permitted to this user; set a port from 1024 on, or grant CAP_NET_BIND_SERVICE",
    ],
    [
      "EINVAL",
      "c:1:1: server.admin.host 127.0.0.1 can't be resolved; set a name or an address of this machine",
    ],
    ["EWHAT", "c:1:2: server.admin.port 81 on 127.0.0.1 can't be opened: the cause"],
  ];
  test.each(ports)("has a sentence for %s of a port", (code, text) => {
    expect(listenText(listenOn({ setting: "server.admin", port: 81 }), fault(code))).toBe(text);
  });

  const sockets: [string, string][] = [
    [
      "EACCES",
      "c:1:3: server.http.unix /s can't be created: permission denied; let this user write to its folder or set another path",
    ],
    ["EWHAT", "c:1:3: server.http.unix /s can't be opened: the cause"],
  ];
  test.each(sockets)("has a sentence for %s of a Unix socket", (code, text) => {
    expect(listenText(listenOn({ unix: { path: "/s", mode: 0o600 } }), fault(code))).toBe(text);
  });
});
