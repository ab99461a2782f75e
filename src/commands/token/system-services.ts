import { readSync } from "node:fs";
import { loadConfig } from "../../config/load-config.ts";
import { UsageError } from "../check-arguments.ts";
import { readInputLine } from "../read-input-line.ts";
import { systemAuthor } from "./system-user.ts";
import type { TokenServices } from "./token-services.ts";
