import { folderWith } from "./program.ts";

/**
 * A folder with these packages from the npm registry, each `name@version` or `alias@npm:name@version`. Null where there is
 * no Node.js, npm or registry; with the variable CI set, which promises all of them, that fails instead.
 */
export function npmFolder(packages: readonly string[]): string | null {
  if (!Bun.which("node") || !Bun.which("npm")) return missing("node or npm is not installed");
  const folder = folderWith({ "package.json": { private: true } });
  const options = [
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--no-package-lock",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=20000",
  ];
  const { exitCode, stderr } = Bun.spawnSync(["npm", "install", ...options, ...packages], {
    cwd: folder,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: 120_000,
  });
  return exitCode === 0 ? folder : missing(stderr.toString());
}

function missing(why: string): null {
  if (process.env["CI"]) throw new Error(`the npm clients can't be installed: ${why}`);
  return null;
}
