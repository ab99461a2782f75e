import type { Command } from "../command.ts";
import { tokenCreate } from "./token-create.ts";
import { tokenList } from "./token-list.ts";
import { tokenRevoke } from "./token-revoke.ts";
import type { TokenServices } from "./token-services.ts";
import { tokenShow } from "./token-show.ts";

/** The commands that read and change the tokens of a store. They work beside a server and never need one. */
export function tokenCommands(services: TokenServices): readonly Command[] {
  return [tokenCreate, tokenList, tokenShow, tokenRevoke].map((make) => make(services));
}
