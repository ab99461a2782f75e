/** Where to listen, and how. */
export interface ListenOptions {
  /** The group of settings that these are, for messages: `server.http`. */
  readonly setting: string;
  /** Where these settings stand in the config file, for messages: `config.json:1:27`. */
  readonly at: Readonly<Record<"host" | "port" | "unix" | "tls", string>>;
  readonly host: string;
  readonly port: number;
  /** A Unix socket instead of host and port, with the mode of its file. */
  readonly unix: { readonly path: string; readonly mode: number } | null;
  /** Another process of the same user may listen on the same port, and takes some of the connections. */
  readonly reusePort: boolean;
  /** PEM texts. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    /** Who has to have signed a client's certificate; null asks for none. */
    readonly clientCa: string | null;
  } | null;
  readonly http2: boolean;
}
