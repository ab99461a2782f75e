/** How the certificate of an `https:` upstream is verified. */
export interface UpstreamTls {
  /** The authorities that may sign it, in PEM; null for those of the system. */
  readonly ca: string | null;
  /** Whether any certificate is accepted. */
  readonly insecure: boolean;
}

/** The TLS options of a connection to an upstream. */
export function tlsOptions({ ca, insecure }: UpstreamTls): Bun.TLSOptions {
  return { ...(ca !== null && { ca }), ...(insecure && { rejectUnauthorized: false }) };
}
