/**
 * Whether a string names proxies: an IP address, a network in CIDR notation such as `10.0.0.0/8` or `fd00::/8`, or
 * `unix` for every peer on a Unix socket.
 */
export function isNetwork(text: string): boolean {
  return text === UNIX || isSubnet(text);
}

/** Whether a string is an IP address, or a network in CIDR notation: what a token may be bound to. */
export function isSubnet(text: string): boolean {
  return parse(text) !== null;
}

/** Whether a string is an IP address. */
export function isAddress(text: string): boolean {
  // A zone, as in fe80::1%eth0, may be any string.
  return nodeNet().isIP(text) !== 0 && !text.includes("%");
}

/**
 * Returns a function that says whether an address is in one of a list of networks. It caches one test a list, for as long
 * as the list lives. Throws for an invalid network.
 */
export function networksTest(): (address: string | null, networks: readonly string[]) => boolean {
  const tests = new WeakMap<readonly string[], (address: string | null) => boolean>();
  return (address, networks) => {
    let test = tests.get(networks);
    if (test === undefined) tests.set(networks, (test = proxyTest(networks)));
    // A client without an address is in no network.
    return address !== null && isAddress(address) && test(address);
  };
}

/** Returns a test for peer addresses, null on a Unix socket, against a list of networks. Throws for an invalid one. */
export function proxyTest(networks: readonly string[]): (address: string | null) => boolean {
  if (networks.length === 0) return () => false;
  const { BlockList, isIP } = nodeNet();
  const known = new BlockList();
  for (const text of networks) {
    if (text === UNIX) continue;
    const network = parse(text);
    if (network === null) throw new Error(`${text} is not a network`);
    known.addSubnet(network.address, network.prefix, network.family);
  }
  const unix = networks.includes(UNIX);
  // An IPv4 client of a socket for both families comes as ::ffff:10.0.0.1, which BlockList takes for 10.0.0.1.
  return (address) => (address === null ? unix : known.check(address, familyOf(isIP(address))));
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

function parse(text: string): Network | null {
  const [address = "", prefix, ...more] = text.split("/");
  const version = nodeNet().isIP(address);
  // A zone, as in fe80::1%eth0, means something on one machine only.
  if (version === 0 || address.includes("%") || more.length > 0) return null;
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)) return null;
  return { address, prefix: Number(prefix ?? bits), family: familyOf(version) };
}

function familyOf(version: number): "ipv4" | "ipv6" {
  return version === 4 ? "ipv4" : "ipv6";
}

const UNIX = "unix";

/** Loaded when needed: it would add 2 ms to every start, and few configs have trusted proxies (Bun 1.4.5). */
function nodeNet() {
  return process.getBuiltinModule("node:net");
}
