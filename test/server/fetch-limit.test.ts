import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { fetchLimit, raiseFetchLimit } from "../../src/server/fetch-limit.ts";

const LIMIT = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const before = process.env[LIMIT];
const execve = spyOn(process as { execve: (...given: unknown[]) => void }, "execve");

beforeEach(() => void execve.mockImplementation(() => {}));
afterEach(() => {
  execve.mockClear();
  if (before === undefined) delete process.env[LIMIT];
  else process.env[LIMIT] = before;
});
afterAll(() => {
  execve.mockRestore();
});

test.each([
  [undefined, 256],
  ["", 256],
  ["many", 256],
  ["-1", 256],
  ["1e9", 256],
  ["1", 1],
  ["2000", 2000],
])("fetchLimit() with the variable %j is %i", (value, limit) => {
  if (value === undefined) delete process.env[LIMIT];
  else process.env[LIMIT] = value;
  expect(fetchLimit()).toBe(limit);
});

test("raiseFetchLimit() starts the program again, with its environment and the limit that is wanted", () => {
  delete process.env[LIMIT];
  raiseFetchLimit(257);
  expect(execve).toHaveBeenCalledTimes(1);
  const [path, args, environment] = execve.mock.calls[0] ?? [];
  expect(path).toBe(process.execPath);
  expect(args).toEqual([process.argv0, ...process.argv.slice(1)]);
  expect(environment).toMatchObject({ PATH: process.env["PATH"], [LIMIT]: "257" });
});

test("raiseFetchLimit() returns where the limit is high enough, or can't be raised", () => {
  delete process.env[LIMIT];
  raiseFetchLimit(256);
  expect(execve).not.toHaveBeenCalled();
  execve.mockImplementation(() => {
    throw new Error("ENOENT");
  });
  raiseFetchLimit(1000);
  expect(execve).toHaveBeenCalledTimes(1);
});
