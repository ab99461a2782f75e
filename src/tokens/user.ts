/** Whom a token belongs to. */
export interface User {
  /** What logs, metrics and `whoami` show: an id that lasts as long as the process. */
  readonly name: string;
}
