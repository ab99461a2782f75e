import { afterEach } from "bun:test";

const EVENTS = ["SIGTERM", "SIGINT", "SIGHUP", "uncaughtException", "unhandledRejection"] as const;
const before = new Map(EVENTS.map((event) => [event, process.listeners(event as "SIGTERM")]));

/** Removes the listeners for signals and uncaught errors that each test of a file leaves behind. */
export function tidyProcessEvents(): void {
  afterEach(() => {
    for (const event of EVENTS) {
      for (const listener of process.listeners(event as "SIGTERM")) {
        if (!before.get(event)?.includes(listener)) process.off(event, listener);
      }
    }
  });
}
