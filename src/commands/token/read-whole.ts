/**
 * Reads a file, or standard input for `-`, to its end; null if it has more than `max` bytes. A pipe is a file too, as
 * shells make one of `<(command)`. Signals are handled while it waits.
 */
export async function readWhole(name: string, max: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (name === "-" ? Bun.stdin : Bun.file(name)).stream()) {
    size += chunk.length;
    if (size > max) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
