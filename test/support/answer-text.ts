import { UpstreamError } from "../../src/upstream/upstream-error.ts";

/** The text of an answer's head, of these lines. */
export function headText(status: string, ...fields: readonly string[]): string {
  return [status, ...fields, "", ""].join("\r\n");
}

/** The reason of the UpstreamError that `work` throws; null if it throws nothing. */
export function reasonOf(work: () => unknown): string | null {
  try {
    work();
  } catch (fault) {
    if (fault instanceof UpstreamError) return fault.reason;
    throw fault;
  }
  return null;
}
