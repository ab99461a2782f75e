/** Python's levels, which the seed's config.json uses, and how much each of them weighs. */
const WEIGHT = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const;

/** How grave a line is. */
export type Level = keyof typeof WEIGHT;

/** The levels, the least grave first. */
export const LEVELS = Object.keys(WEIGHT) as readonly Level[];

/** The loggers there are. Names form a tree by dots: a logger without a level has that of the one above it. */
export const LOGGERS = ["server_logger", "server_logger.access", "server_logger.auth"] as const;

/** The name of a logger. */
export type Logger = (typeof LOGGERS)[number];

/** The least level that a logger writes. */
export interface LoggerLevel {
  readonly logger: Logger;
  readonly level: Level;
}

/** Tells whether a logger writes lines of a level. The last word on a logger counts; without one it is INFO. */
export function levelTest(levels: readonly LoggerLevel[]): (logger: Logger, level: Level) => boolean {
  const given = new Map<string, Level>(levels.map(({ logger, level }) => [logger, level]));
  const least = (logger: string): Level => {
    const level = given.get(logger);
    if (level) return level;
    const dot = logger.lastIndexOf(".");
    return dot === -1 ? "INFO" : least(logger.slice(0, dot));
  };
  return (logger, level) => WEIGHT[level] >= WEIGHT[least(logger)];
}
