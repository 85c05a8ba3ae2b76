/**
 * Keeps the subjects of one kind (runs, clusters, names or archives) and their rendered exposition lines. Subjects lie
 * in the partition of their cluster, in chunks; after one of its subjects changed a chunk is rendered again at the next
 * refresh, with which a scrape begins, and a scrape of unchanged subjects only takes references. Bounded by its owner: as
 * many subjects as are put and not removed, about 6 KB of lines for a run. The observers put and remove; the exposition
 * reads.
 */

import { setImmediate } from 'node:timers/promises';
import { Chunk } from './chunk.ts';
import type { FamilyRecord, FamilyText } from './family.ts';
import { type SubjectKind, SubjectRenderer } from './render-subjects.ts';

/** About 2,000 lines of runs. */
const SUBJECTS_PER_CHUNK = 64;

/**
 * What a refresh renders before the event loop gets its turn: the lines of 400 runs or 5,000 names, about 3 ms. With fewer,
 * a scrape of much that changed would wait for as many turns, which are long when much is going on.
 */
const BYTES_PER_TURN = 2 * 1024 * 1024;

/** How often a refresh looks again for what changed while it rendered; each pass has less to do than the one before. */
const REFRESH_PASSES = 3;

interface Partition<Subject> {
  readonly chunks: Set<Chunk<Subject>>;
  readonly chunkOf: Map<string, Chunk<Subject>>;
  /** Chunks with room for another subject. */
  readonly open: Set<Chunk<Subject>>;
}

export class ChunkStore<Subject> {
  readonly #families: readonly FamilyRecord<Subject>[];
  readonly #renderer: SubjectRenderer<Subject>;
  readonly #partitions = new Map<string, Partition<Subject>>();
  #refreshing: Promise<void> | undefined;

  /** @throws TypeError when the labels of a family do not begin with those of the kind. */
  constructor(kind: SubjectKind<Subject>) {
    this.#families = kind.families;
    this.#renderer = new SubjectRenderer(kind);
  }

  /**
   * Adds a subject or puts it in the place of the one with this key; the same object again changes nothing.
   *
   * @param cluster the `flink_cluster` of the subject; empty for what belongs to several clusters
   * @param key unique in the cluster
   */
  put(cluster: string, key: string, subject: Subject): void {
    const partition = this.#partition(cluster);
    let chunk = partition.chunkOf.get(key);
    if (chunk === undefined) {
      chunk = this.#chunkWithRoom(partition);
      partition.chunkOf.set(key, chunk);
    }
    chunk.put(key, subject);
    if (chunk.size === SUBJECTS_PER_CHUNK) partition.open.delete(chunk);
  }

  /** Takes a subject off the exposition; one that is not there is no error. */
  remove(cluster: string, key: string): void {
    const partition = this.#partitions.get(cluster);
    const chunk = partition?.chunkOf.get(key);
    if (partition === undefined || chunk === undefined) return;
    partition.chunkOf.delete(key);
    chunk.remove(key);
    partition.open.add(chunk);
    if (chunk.size > 0) return;
    partition.open.delete(chunk);
    partition.chunks.delete(chunk);
    if (partition.chunks.size === 0) this.#partitions.delete(cluster);
  }

  /** Takes everything of a cluster off the exposition. */
  removeCluster(cluster: string): void {
    this.#partitions.delete(cluster);
  }

  /**
   * Renders what changed, and lets the event loop run in between. A scrape calls this before `snapshot`; scrapes
   * at the same time share one refresh. What changed too late for it is left to `snapshot`.
   */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#renderStale().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * The lines of each family as of now, in the order of the families, without those that have no samples.
   *
   * @param clusters only these; all when left out
   */
  snapshot(clusters?: ReadonlySet<string>): FamilyText[] {
    const chunks = this.#chunks(clusters).map((chunk) => chunk.lines());
    return this.#families
      .map((family, index) => ({
        family,
        pieces: chunks.flatMap(({ families }) => families[index] ?? []).filter((piece) => piece.length > 0),
      }))
      .filter(({ pieces }) => pieces.length > 0);
  }

  async #renderStale(): Promise<void> {
    let rendered = 0;
    for (let pass = 0; pass < REFRESH_PASSES; pass++) {
      for (const chunk of this.#chunks().filter(({ stale }) => stale)) {
        for (const { length } of chunk.lines().families) rendered += length;
        if (rendered < BYTES_PER_TURN) continue;
        rendered = 0;
        await setImmediate();
      }
    }
  }

  #chunks(clusters?: ReadonlySet<string>): Chunk<Subject>[] {
    const selected = [...this.#partitions].filter(([cluster]) => clusters?.has(cluster) ?? true);
    return selected.flatMap(([, { chunks }]) => [...chunks]);
  }

  #partition(cluster: string): Partition<Subject> {
    let partition = this.#partitions.get(cluster);
    if (partition === undefined) {
      partition = { chunks: new Set(), chunkOf: new Map(), open: new Set() };
      this.#partitions.set(cluster, partition);
    }
    return partition;
  }

  #chunkWithRoom(partition: Partition<Subject>): Chunk<Subject> {
    const [open] = partition.open;
    if (open !== undefined) return open;
    const chunk = new Chunk(this.#renderer);
    partition.chunks.add(chunk);
    partition.open.add(chunk);
    return chunk;
  }
}
