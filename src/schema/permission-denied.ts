import { readFileSync } from "node:fs";

/** Names the user without permission, rarely the one who reads the message, and what to do. */
export function permissionDenied(users = "/etc/passwd"): string {
  return `permission denied for user ${userName(users)}; let that user read it, for example with chgrp GROUP FILE && chmod 0640 FILE`;
}

/** Not os.userInfo(), which returns $USER, or "unknown" without it (Bun 1.4.5). */
function userName(users: string): string {
  const id = String(process.geteuid?.());
  try {
    const lines = readFileSync(users, "utf8").split("\n");
    return lines.map((line) => line.split(":")).find(([, , uid]) => uid === id)?.[0] ?? id;
  } catch {
    return id;
  }
}
