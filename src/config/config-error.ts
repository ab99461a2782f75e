/** A config can't be used. The message says all that is wrong with it, a line or more for each problem. */
export class ConfigError extends Error {
  constructor(
    message: string,
    /** The absolute names of the files that were read or looked for: a change of one may solve a problem. */
    readonly files: readonly string[] = [],
  ) {
    super(message);
  }
}
