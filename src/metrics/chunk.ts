/**
 * Up to a fixed number of subjects and their rendered lines, one buffer a family. The unit that the chunk store renders
 * again when a subject changes: small enough to be one short block of the event loop, large enough that a scrape
 * handles few buffers.
 */

/** Renders all families of these subjects, in the order of the families; an empty buffer for one without samples. */
export type RenderChunk<Subject> = (subjects: readonly Subject[]) => readonly Buffer[];

export class Chunk<Subject> {
  readonly #render: RenderChunk<Subject>;
  readonly #subjects = new Map<string, Subject>();
  #lines: readonly Buffer[] | undefined;

  constructor(render: RenderChunk<Subject>) {
    this.#render = render;
  }

  get size(): number {
    return this.#subjects.size;
  }

  /** Whether a subject changed since the lines were rendered. */
  get stale(): boolean {
    return this.#lines === undefined;
  }

  put(key: string, subject: Subject): void {
    if (this.#subjects.get(key) === subject) return;
    this.#subjects.set(key, subject);
    this.#lines = undefined;
  }

  remove(key: string): void {
    if (this.#subjects.delete(key)) this.#lines = undefined;
  }

  /** The present lines, one buffer a family, rendered now when they are stale. Nobody changes a buffer afterwards. */
  lines(): readonly Buffer[] {
    this.#lines ??= this.#render([...this.#subjects.values()]);
    return this.#lines;
  }
}
