/** Options for a listener. */
export interface ListenOptions {
  /** The path of these settings, for messages: `server.http`. */
  readonly setting: string;
  /** The positions of these settings in the config file, for messages: `config.json:1:27`. */
  readonly at: Readonly<Record<"host" | "port" | "unix" | "tls", string>>;
  readonly host: string;
  readonly port: number;
  /** A Unix socket instead of host and port, with the mode of its file. */
  readonly unix: { readonly path: string; readonly mode: number } | null;
  /** Lets another process of the same user listen on the same port and take some of the connections. */
  readonly reusePort: boolean;
  /** PEM texts. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    /** The CA that must have signed a client's certificate; null asks for no certificate. */
    readonly clientCa: string | null;
  } | null;
  readonly http2: boolean;
}
