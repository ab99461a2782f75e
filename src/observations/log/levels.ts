/** Python's level names and their severity. */
const SEVERITY = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const;

/** The severity of a log line. */
export type Level = keyof typeof SEVERITY;

/** The levels, by increasing severity. */
export const LEVELS = Object.keys(SEVERITY) as readonly Level[];

/** All loggers. Dots in their names form a tree: a logger without a level of its own has its parent's. */
export const LOGGERS = ["server_logger", "server_logger.access", "server_logger.auth"] as const;

/** The name of a logger. */
export type Logger = (typeof LOGGERS)[number];

/** The minimum level that a logger writes. */
export interface LoggerLevel {
  readonly logger: Logger;
  readonly level: Level;
}

/** Returns a test for whether a logger writes lines of a level. The last entry for a logger wins; the default is INFO. */
export function levelTest(levels: readonly LoggerLevel[]): (logger: Logger, level: Level) => boolean {
  const given = new Map<string, Level>(levels.map(({ logger, level }) => [logger, level]));
  const minimum = (logger: string): Level => {
    const level = given.get(logger);
    if (level) return level;
    const dot = logger.lastIndexOf(".");
    return dot === -1 ? "INFO" : minimum(logger.slice(0, dot));
  };
  return (logger, level) => SEVERITY[level] >= SEVERITY[minimum(logger)];
}
