import { readFileSync } from "node:fs";

import type { Author } from "./token-services.ts";

/** The system user and the host of this process, for events. */
export function systemAuthor(): Author {
  return { by: systemUser(), host: nodeOs().hostname() };
}

/**
 * The name of the user of this process, by its uid: `os.userInfo()` returns the variable USER, which anyone can set
 * (Bun 1.4.5). If neither `passwd` nor a directory service has the uid, it is `uid 1000`.
 */
export function systemUser(passwd = "/etc/passwd", uid = process.getuid?.()): string {
  // Windows has no uid.
  if (uid === undefined) return nodeOs().userInfo().username;
  return nameIn(passwd, uid) ?? nameOf(uid) ?? `uid ${uid}`;
}

function nameIn(passwd: string, uid: number): string | null {
  try {
    const lines = readFileSync(passwd, "utf8").split("\n");
    const name = lines.map((line) => line.split(":")).find(([, , id]) => id === String(uid))?.[0];
    return name || null;
  } catch {
    return null;
  }
}

/** Asks the directory services of the machine, such as LDAP. */
function nameOf(uid: number): string | null {
  try {
    const { exitCode, stdout } = Bun.spawnSync(["/usr/bin/id", "-un", String(uid)], { stderr: "ignore" });
    const name = stdout.toString().trim();
    return exitCode === 0 && name !== "" ? name : null;
  } catch {
    return null;
  }
}

/** Loaded on demand: an import would add 1 ms to the start of the server too (Bun 1.4.5). */
function nodeOs() {
  return process.getBuiltinModule("node:os");
}
