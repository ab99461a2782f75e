import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The commit that the program is built from, marked where the source differs from it; null without a repository (a
 * source archive) or without git. A macro: the build replaces the call with its result.
 */
export function builtFrom(): string | null {
  const root = join(import.meta.dir, "../..");
  // A repository in a folder above is another project.
  if (Bun.which("git") === null || !existsSync(join(root, ".git"))) return null;
  const git = (...args: readonly string[]) => Bun.spawnSync(["git", ...args], { cwd: root });
  const commit = git("rev-parse", "--short=12", "HEAD");
  if (!commit.success) return null;
  const changed = git("status", "--porcelain", "--", "src", "package.json").stdout.length > 0;
  return `${commit.stdout.toString().trim()}${changed ? ", changed" : ""}`;
}
