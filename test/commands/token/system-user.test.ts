import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { systemUser } from "../../../src/commands/token/system-user.ts";
import { folderWith } from "../../support/program.ts";

describe("systemUser()", () => {
  const passwd = join(
    folderWith({
      passwd: "root:x:0:0:root:/root:/bin/sh\nanna:x:4242:4242::/home/anna:/bin/sh\n:x:4343:1::/:\n",
    }),
    "passwd",
  );

  test("is the name that passwd has for a uid", () => {
    expect(systemUser(passwd, 4242)).toBe("anna");
  });

  test.each([
    [passwd, 424_242],
    [passwd, 4343],
    ["/nowhere/passwd", 424_242],
  ])("is the uid where %s and the directory services have no name for %p", (file, uid) => {
    expect(systemUser(file, uid)).toBe(`uid ${uid}`);
  });
});
