import { afterEach, beforeEach, jest } from "bun:test";

/**
 * Stops the timers and the clock of every test of a file: time passes only by the function that this returns, which takes
 * milliseconds. It stops performance.now() too (Bun 1.4.5).
 */
export function fakeTimers(): (milliseconds: number) => void {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  return (milliseconds) => void jest.advanceTimersByTime(milliseconds);
}
