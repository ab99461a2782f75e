import { expect, test } from "bun:test";
import { LEVELS, levelTest, LOGGERS, type LoggerLevel } from "../../../src/observations/log/levels.ts";

/** The levels that each logger writes. */
function written(levels: readonly LoggerLevel[]): Record<string, string> {
  const writes = levelTest(levels);
  return Object.fromEntries(
    LOGGERS.map((logger) => [logger, LEVELS.filter((level) => writes(logger, level)).join(" ")]),
  );
}

test("LEVELS are Python's, by increasing severity", () => {
  expect(LEVELS).toEqual(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]);
});

test("levelTest() holds back DEBUG by default", () => {
  expect(written([])).toEqual({
    server_logger: "INFO WARNING ERROR CRITICAL",
    "server_logger.access": "INFO WARNING ERROR CRITICAL",
    "server_logger.auth": "INFO WARNING ERROR CRITICAL",
  });
});

test("levelTest() gives a logger without a level its parent's", () => {
  expect(written([{ logger: "server_logger", level: "DEBUG" }])).toEqual({
    server_logger: "DEBUG INFO WARNING ERROR CRITICAL",
    "server_logger.access": "DEBUG INFO WARNING ERROR CRITICAL",
    "server_logger.auth": "DEBUG INFO WARNING ERROR CRITICAL",
  });
});

test("levelTest() gives a logger its own level, whatever its parent and its sibling have", () => {
  const levels: LoggerLevel[] = [
    { logger: "server_logger.auth", level: "CRITICAL" },
    { logger: "server_logger", level: "ERROR" },
    { logger: "server_logger.access", level: "WARNING" },
  ];
  expect(written(levels)).toEqual({
    server_logger: "ERROR CRITICAL",
    "server_logger.access": "WARNING ERROR CRITICAL",
    "server_logger.auth": "CRITICAL",
  });
});

test("levelTest() leaves the parent alone", () => {
  expect(written([{ logger: "server_logger.access", level: "ERROR" }])).toEqual({
    server_logger: "INFO WARNING ERROR CRITICAL",
    "server_logger.access": "ERROR CRITICAL",
    "server_logger.auth": "INFO WARNING ERROR CRITICAL",
  });
});

test("levelTest() uses the last entry for a logger", () => {
  const levels: LoggerLevel[] = [
    { logger: "server_logger", level: "CRITICAL" },
    { logger: "server_logger", level: "DEBUG" },
    { logger: "server_logger", level: "WARNING" },
  ];
  expect(written(levels)["server_logger"]).toBe("WARNING ERROR CRITICAL");
});
