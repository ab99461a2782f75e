import type { InputLineOptions } from "../read-input-line.ts";
import type { TokenAdmin } from "../../tokens/token-admin.ts";

/** What the token commands need of the system. */
export interface TokenServices {
  /**
   * Opens the store that a config names; null if it does not exist yet and `create` is false. Throws a ConfigError, and a
   * StoreError where the store can't be opened.
   */
  openAdmin(configFile: string, options: { readonly create: boolean }): Promise<TokenAdmin | null>;
  /** The time in milliseconds since 1970. */
  now(): number;
  /** The person who runs the command, for the events. */
  author(): Author;
  /** Whether standard input, output and error are terminals. */
  readonly terminals: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
  /** Whether a terminal shows colours. */
  readonly colours: boolean;
  /** Reads a token from standard input; null if it is too long. */
  readToken(options: InputLineOptions): Promise<string | null>;
  /** Reads a line that is typed; null at the end of the input. */
  readAnswer(): string | null;
  /** The content of a file, or of standard input for `-`; null if it has more than `max` bytes. */
  readFile(name: string, max: number): Promise<Uint8Array | null>;
}

/** The author of a change. */
export interface Author {
  /** The system user. */
  readonly by: string;
  readonly host: string;
}
