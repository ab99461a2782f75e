import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const [promises = "", limits = ""] = readFileSync(join(ROOT, "SECURITY.md"), "utf8").split(
  "\n## Limits of the runtime\n",
);

test("SECURITY.md names a test that exists for each of its promises", () => {
  const entries = promises.split(/^- /m).slice(1);
  expect(entries.length).toBeGreaterThan(15);
  for (const entry of entries) {
    const tests = [...entry.matchAll(/`(test\/\S+)`/g)].map(([, file]) => String(file));
    expect(tests, entry).not.toBeEmpty();
    for (const file of tests) expect(existsSync(join(ROOT, file)), file).toBeTrue();
  }
  expect(limits).toContain("\n- **");
});
