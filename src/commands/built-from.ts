import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The commit that the program is built from, with a mark where the source differs from it; null where no repository
 * says so, as in a source archive, or git is not installed. A macro: the build puts its result in its place.
 */
export function builtFrom(): string | null {
  const root = join(import.meta.dir, "../..");
  // A repository further up is another one.
  if (Bun.which("git") === null || !existsSync(join(root, ".git"))) return null;
  const git = (...args: readonly string[]) => Bun.spawnSync(["git", ...args], { cwd: root });
  const commit = git("rev-parse", "--short=12", "HEAD");
  if (!commit.success) return null;
  const changed = git("status", "--porcelain", "--", "src", "package.json").stdout.length > 0;
  return `${commit.stdout.toString().trim()}${changed ? ", changed" : ""}`;
}
