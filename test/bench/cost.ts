import type { Contender } from "./contenders.ts";
import type { Cost } from "./report.ts";
import { median } from "./row.ts";
import { folderOf, run } from "./running.ts";
import type { Session } from "./session.ts";

/** Starts a contender several times and takes the medians. */
export async function costOf(contender: Contender, { quick, root, progress }: Session): Promise<Cost> {
  const starts: Omit<Cost, "name">[] = [];
  for (let start = 1; start <= (quick ? 5 : 11); start += 1) {
    progress(`First answer: ${contender.name}, start ${start}`);
    const running = await run(contender, folderOf(root, contender));
    const { firstAnswer } = running;
    starts.push({ firstAnswer, memory: running.memory(), anonymous: running.memory("anonymous") });
    await running.stop();
  }
  return {
    name: contender.name,
    firstAnswer: median(starts.map(({ firstAnswer }) => firstAnswer)),
    memory: median(starts.map(({ memory }) => memory)),
    anonymous: median(starts.map(({ anonymous }) => anonymous)),
  };
}
