/**
 * The name or address in the value of a Host header, in lower case and without its port, or null if the value is not
 * one host with at most one port (RFC 9112 3.2). A name has letters, digits, ".", "-", "_" and "~"; others are
 * sent as punycode. Bun 1.4.5 joins two Host lines with ", ", so they are refused, even if they are equal.
 */
export function hostName(value: string): string | null {
  const [, name, port] = HOST.exec(value) ?? [];
  if (name === undefined || Number(port ?? 0) > 65535) return null;
  // Only a URL parser knows which names look like an invalid address.
  return URL.canParse(`http://${value}`) ? name.toLowerCase() : null;
}

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[\w.~-]+)(?::(\d{0,5}))?$/;
