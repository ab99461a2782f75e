import type { Command } from "../command.ts";
import { hash } from "../hash.ts";
import { tokenCreate } from "./token-create.ts";
import { tokenEdit } from "./token-edit.ts";
import { tokenImport } from "./token-import.ts";
import { tokenList } from "./token-list.ts";
import { tokenRevoke } from "./token-revoke.ts";
import { tokenRotate } from "./token-rotate.ts";
import type { TokenServices } from "./token-services.ts";
import { tokenShow } from "./token-show.ts";
import { tokenDisable, tokenEnable } from "./token-disable.ts";

/** The commands that read and change the tokens of a store. They work whether or not a server runs. */
export function tokenCommands(services: TokenServices): readonly Command[] {
  const commands = [tokenCreate, tokenList, tokenShow, tokenEdit, tokenDisable, tokenEnable, tokenRevoke];
  const made = [...commands, tokenRotate, tokenImport].map((make) => make(services));
  return [...made, { ...hash, name: "token hash" }];
}
