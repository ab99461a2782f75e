import { expect, test } from "bun:test";
import { join } from "node:path";
import { permissionDenied } from "../../src/schema/permission-denied.ts";
import { folderWith } from "../support/program.ts";

const id = String(process.geteuid?.());

test("permissionDenied() names the user by the list of users, or else by its id", () => {
  const folder = folderWith({
    users: `other:x:4294967294::\nanna:x:${id}:100::/:\n`,
    others: "other:x:1::\n",
  });
  const named = (user: string) =>
    `permission denied for user ${user}; let that user read it, for example with chgrp GROUP FILE && chmod 0640 FILE`;
  expect(permissionDenied(join(folder, "users"))).toBe(named("anna"));
  for (const file of ["others", "missing"]) expect(permissionDenied(join(folder, file))).toBe(named(id));
});
