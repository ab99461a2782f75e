import { describe, expect, test } from "bun:test";
import { listenText } from "../src/listen-fault.ts";
import { listenOn } from "./seed-config.ts";

const fault = (code: string) => Object.assign(new Error("the cause"), { code });

describe("listenText()", () => {
  const ports: [string, string][] = [
    [
      "EADDRINUSE",
      "Port 81 on 127.0.0.1 is taken by another program: stop it or set another server.admin.port.",
    ],
    [
      "EACCES",
      "Port 81 on 127.0.0.1 is not open to this user: set a server.admin.port from 1024 on, or grant the right to bind it.",
    ],
    [
      "EINVAL",
      "The host 127.0.0.1 can't be resolved: set server.admin.host to a name or an address of this machine.",
    ],
    ["EWHAT", "Can't listen on 127.0.0.1 port 81: the cause"],
  ];
  test.each(ports)("has a sentence for %s of a port", (code, text) => {
    expect(listenText(listenOn({ setting: "server.admin", port: 81 }), fault(code))).toBe(text);
  });

  const sockets: [string, string][] = [
    [
      "EACCES",
      "This user can't make the Unix socket /s: let it write to that folder or set another server.http.unix.",
    ],
    ["EWHAT", "Can't listen on the Unix socket /s: the cause"],
  ];
  test.each(sockets)("has a sentence for %s of a Unix socket", (code, text) => {
    expect(listenText(listenOn({ unix: { path: "/s", mode: 0o600 } }), fault(code))).toBe(text);
  });
});
