import { afterAll } from "bun:test";

/** What all tests of a file use together. It stops after the last of them. */
export function shared<Stopping extends { stop(): unknown }>(one: Stopping): Stopping {
  afterAll(async () => void (await one.stop()));
  return one;
}
