/**
 * Turns the nodes of a YAML document into plain values: variables replaced, aliases followed, duplicate keys found;
 * keeps the nodes, to say where a value stands. Bounded in nodes, depth and aliases, so that a small file cannot unfold
 * into a large or endless one, and linear in the size of the file, which the `yaml` package's own look-up of aliases
 * and check for duplicate keys are not. Called by `yaml-document.ts`.
 */

import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

import { type Environment, replaceVariables } from './environment.ts';

/** Where a value stands: keys and indexes from the root. */
export type Path = readonly PropertyKey[];

/** Something wrong at a place of the text. */
export interface Finding {
  /** Characters from the start of the text. */
  readonly offset: number;
  readonly path: Path;
  readonly text: string;
}

interface Entry {
  readonly key: Node;
  readonly value: unknown;
}

const MAX_NODES = 200_000;
const MAX_DEPTH = 64;
const MAX_ALIASES = 1_000;

export class YamlValues {
  /** What the document says; without `limit` in the way all of it. An empty document is a map without keys. */
  readonly value: unknown;
  readonly findings: Finding[] = [];
  /** The limit that stopped the reading, when one did. */
  limit: Finding | undefined;
  #nodes = 0;
  #aliases = 0;
  #unfolding = 0;
  readonly #root: Node | null;
  readonly #env: Environment;
  readonly #anchors = new Map<string, Node>();
  readonly #targets = new Map<Alias, Node>();
  readonly #entries = new Map<YAMLMap, Map<string, Entry>>();

  constructor(document: Document, env: Environment) {
    this.#root = document.contents;
    this.#env = env;
    this.value = this.#read(this.#root, []) ?? {};
  }

  /**
   * The node at a path, or the nearest one around it where the path leads nowhere. With `key`, the node of that key in
   * the map at the path.
   */
  nodeAt(path: Path, key?: string): Node | undefined {
    let node = this.#root ?? undefined;
    for (const step of path) {
      const child = this.#child(node, step);
      if (child === undefined) return node;
      node = child;
    }
    return (key === undefined ? undefined : this.#entry(node, key)?.key) ?? node;
  }

  #child(node: Node | undefined, step: PropertyKey): Node | undefined {
    const parent = this.#resolved(node);
    const child = isSeq(parent) ? parent.items[Number(step)] : this.#entry(parent, String(step))?.value;
    return isNode(child) ? child : undefined;
  }

  #entry(node: Node | undefined, key: string): Entry | undefined {
    const map = this.#resolved(node);
    return isMap(map) ? this.#entries.get(map)?.get(key) : undefined;
  }

  #resolved(node: Node | undefined): Node | undefined {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  /** The value of a node. A key without a value counts as left out, so null becomes undefined. */
  #read(node: unknown, path: Path): unknown {
    if (!isNode(node) || !this.#withinLimits(node, path)) return undefined;
    if (isAlias(node)) return this.#readAlias(node, path);
    // An alias means the last anchor of its name before it; what is read again through one says nothing new.
    if (node.anchor !== undefined && this.#unfolding === 0) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.#read(item, [...path, index]));
    if (!isScalar(node)) return undefined;
    if (typeof node.value !== 'string') return node.value ?? undefined;
    return replaceVariables(node.value, this.#env, (what) => this.#report(node, path, what));
  }

  #readAlias(alias: Alias, path: Path): unknown {
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#report(alias, path, `no anchor &${alias.source} before this alias`);
      return undefined;
    }
    this.#targets.set(alias, target);
    this.#unfolding += 1;
    const value = this.#read(target, path);
    this.#unfolding -= 1;
    return value;
  }

  #readMap(map: YAMLMap, path: Path): Record<string, unknown> {
    // Without a prototype, so that `constructor` and the like are keys as others are.
    const values: Record<string, unknown> = Object.create(null);
    const entries = new Map<string, Entry>();
    this.#entries.set(map, entries);
    for (const { key, value } of map.items) {
      const name = keyText(key);
      if (name === undefined || !isNode(key)) {
        this.#report(isNode(key) ? key : map, path, 'a key must be a plain word');
      } else if (name === '__proto__') {
        // zod passes over it without a word.
        this.#report(key, [...path, name], 'no key can have this name');
      } else if (entries.has(name)) {
        this.#report(key, [...path, name], 'the key is here a second time; keep one of them');
      } else {
        entries.set(name, { key, value });
        values[name] = this.#read(value, [...path, name]);
      }
    }
    return values;
  }

  #withinLimits(node: Node, path: Path): boolean {
    if (this.limit !== undefined) return false;
    this.#nodes += 1;
    this.#aliases += isAlias(node) ? 1 : 0;
    let what: string;
    if (path.length > MAX_DEPTH) what = `is nested deeper than ${MAX_DEPTH} levels`;
    else if (this.#nodes > MAX_NODES) what = `has more than ${MAX_NODES} values, aliases unfolded`;
    else if (this.#aliases > MAX_ALIASES) what = `has more than ${MAX_ALIASES} aliases, unfolded`;
    else return true;
    this.limit = { offset: offsetOf(node), path: [], text: `the document ${what}` };
    return false;
  }

  #report(node: Node, path: Path, text: string): void {
    this.findings.push({ offset: offsetOf(node), path, text });
  }
}

/** Characters from the start of the text to a node. */
export function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** The text of a key, as written: `8081` and `true` are words here. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}
