/** What a command writes to: whole texts, each with its line feed. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Options as they were given, checked against what the command takes. */
export type Options = Readonly<Record<string, string>>;

/** One thing the program can be told to do. */
export interface Command {
  readonly name: string;
  /** One sentence for the usage. */
  readonly about: string;
  /** The options it takes, each with the word for its value and a sentence for the usage. */
  readonly options: Readonly<Record<string, { readonly value: string; readonly about: string }>>;
  /** Does it, and gives the exit code: 0 done, 1 the machine would not let it, 2 what it was given can't be used. */
  run(options: Options, output: Output): Promise<number>;
}

/** The option of every command that reads a config. */
export const CONFIG_OPTION: Command["options"] = {
  config: { value: "FILE", about: "The config file; default ./config.json." },
};

/** The config file that the options name. */
export function configFile(options: Options): string {
  return options["config"] ?? "config.json";
}
