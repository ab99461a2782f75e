import type { Path } from "../json/parse-json.ts";
import { object } from "./composites.ts";
import { oneOf } from "./scalars.ts";
import {
  foundInstead,
  absent,
  isObject,
  required,
  type SettingType,
  type Properties,
  type ReadContext,
  type SoundValues,
  type Values,
} from "./schema.ts";

/** One variant of a tagged union: its name, and the settings that only it has. */
export interface Variant<N extends string = string, M extends Properties = Properties> {
  readonly name: N;
  readonly settings: M;
}

/** Options for `taggedUnion`. */
export interface TaggedUnionOptions<T extends string, M extends Properties, V extends Variant> {
  /** The setting that names the variant. */
  readonly tag: T;
  /** What the tag does, for the reference. */
  readonly about: string;
  /** The settings of every variant. */
  readonly settings: M;
  readonly variants: readonly V[];
}

/** A tagged union once it is read: the tag holds the name of the variant, however that was chosen. */
export type TaggedValues<T extends string, M extends Properties, V extends Variant> =
  V extends Variant<infer N, infer S> ? Values<M> & Values<S> & { readonly [K in T]: N } : never;

/** What is sound of a tagged union: the tag is undefined where it chooses no variant. */
export type SoundTaggedValues<T extends string, M extends Properties, V extends Variant> =
  V extends Variant<infer N, infer S>
    ? SoundValues<M> & SoundValues<S> & { readonly [K in T]: N | undefined }
    : never;

/**
 * An object with the settings of one of several variants, and no others. The tag chooses the variant, as in
 * `"handler": "ping"`; a variant that has a setting of its own name is chosen by that setting instead, as in
 * `"proxy": "http://127.0.0.1:9000"`.
 */
export function taggedUnion<const T extends string, M extends Properties, V extends Variant>(
  options: TaggedUnionOptions<T, M, V>,
): SettingType<TaggedValues<T, M, V>, SoundTaggedValues<T, M, V>> {
  const { tag, about, settings, variants } = options;
  const marked = variants.filter(isMarked);
  const tagged = variants.filter((variant) => !isMarked(variant));
  const tagType = oneOf(namesOf(tagged));
  const taggedObject = (named: readonly Variant[], own: Properties = {}) =>
    object({ ...settings, [tag]: required(oneOf(namesOf(named)), about), ...own });
  // Variants without settings of their own share an object, which keeps the JSON Schema short.
  const plain = taggedObject(variants.filter(isPlain));
  const types = new Map(
    variants.map((variant) => {
      if (isPlain(variant)) return [variant.name, plain];
      const own = ownOf(variant);
      return [
        variant.name,
        isMarked(variant) ? object({ ...settings, ...own }) : taggedObject([variant], own),
      ];
    }),
  );
  const undecided = taggedObject(tagged);
  const own: Properties = Object.assign({}, ...variants.map(ownOf));
  const schemas = [...new Set(types.values())].map(({ schema }) => schema);

  const expected = "an object";
  return {
    expected,
    schema: schemas.length === 1 ? { ...schemas[0] } : { anyOf: schemas },
    properties: {
      ...settings,
      [tag]: marked.length === 0 ? required(tagType, about) : absent(tagType, about),
      ...own,
    },
    read(value, path, context) {
      if (!isObject(value)) return void context.report({ path, expected, found: foundInstead(value) });
      const given: Record<string, unknown> = { ...value };
      const chosen = choose(given, path, context);
      const type = (chosen && types.get(chosen.name)) ?? undecided;
      for (const name of Object.keys(given)) {
        if (!Object.hasOwn(own, name) || Object.hasOwn(type.properties ?? {}, name)) continue;
        delete given[name];
        if (chosen) context.report({ path: [...path, name], text: misplaced(name, chosen) });
      }
      // The tag is already read. Where it has a problem, any name does, so that the other settings are checked too.
      if (!chosen || !isMarked(chosen)) given[tag] = (chosen ?? tagged[0])?.name;
      const read = type.read(given, path, context);
      return read && ({ ...read, [tag]: chosen?.name } as SoundTaggedValues<T, M, V>);
    },
  };

  function choose(given: Readonly<Record<string, unknown>>, path: Path, context: ReadContext): V | undefined {
    if (Object.hasOwn(given, tag)) {
      const name = tagType.read(given[tag], [...path, tag], context);
      return variants.find((variant) => variant.name === name);
    }
    const chosen = marked.find(({ name }) => Object.hasOwn(given, name));
    const others = marked.map((variant) => `, or set ${label(variant)} instead`).join("");
    if (!chosen) {
      context.report({ path: [...path, tag], expected: `${tagType.expected}${others}`, found: "nothing" });
    }
    return chosen;
  }

  function misplaced(name: string, chosen: Variant): string {
    return isMark(name)
      ? `can't be combined with ${label(chosen)}`
      : `applies only with ${owners(name)}, not with ${label(chosen)}`;
  }

  /** The settings of a variant, each with the variants that have it in its description. */
  function ownOf(variant: Variant): Properties {
    const described = Object.entries(variant.settings).map(([name, setting]) => {
      const only = isMark(name) ? "" : ` Only with ${owners(name)}.`;
      return [name, { ...setting, about: `${setting.about}${only}` }] as const;
    });
    return Object.fromEntries(described);
  }

  function owners(name: string): string {
    const having = variants.filter(({ settings }) => Object.hasOwn(settings, name));
    return having.map(label).join(" or ");
  }

  function isMark(name: string): boolean {
    return marked.some((variant) => variant.name === name);
  }

  function label(variant: Variant): string {
    return isMarked(variant) ? `"${variant.name}"` : `"${tag}": "${variant.name}"`;
  }
}

/** Whether a setting of its own chooses a variant. */
function isMarked({ name, settings }: Variant): boolean {
  return Object.hasOwn(settings, name);
}

function isPlain({ settings }: Variant): boolean {
  return Object.keys(settings).length === 0;
}

function namesOf(variants: readonly Variant[]): string[] {
  return variants.map(({ name }) => name);
}
