/** Waits until something is true of what reports no event. The time limit of the test ends a wait without an end. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await Bun.sleep(2);
}
