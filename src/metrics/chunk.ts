/**
 * Up to a fixed number of subjects and their rendered lines, one buffer a family. The unit that the chunk store renders
 * again when a subject changes, and of it only the families that the change shows in: small enough to be one short block
 * of the event loop, large enough that a scrape handles few buffers.
 */

import type { SubjectChange, SubjectLines, SubjectRenderer } from './render-subjects.ts';

export class Chunk<Subject> {
  readonly #renderer: Pick<SubjectRenderer<Subject>, 'render' | 'update'>;
  readonly #subjects = new Map<string, Subject>();
  /** Undefined when the subjects are others than those that were rendered. */
  #lines: SubjectLines | undefined;
  /** Subjects that changed since the lines were rendered, as the lines show them. */
  readonly #shown = new Map<string, Subject>();

  constructor(renderer: Pick<SubjectRenderer<Subject>, 'render' | 'update'>) {
    this.#renderer = renderer;
  }

  get size(): number {
    return this.#subjects.size;
  }

  /** Whether a subject changed since the lines were rendered. */
  get stale(): boolean {
    return this.#lines === undefined || this.#shown.size > 0;
  }

  put(key: string, subject: Subject): void {
    const before = this.#subjects.get(key);
    if (before === subject) return;
    this.#subjects.set(key, subject);
    if (before === undefined) this.#discard();
    else if (this.#lines !== undefined && !this.#shown.has(key)) this.#shown.set(key, before);
  }

  remove(key: string): void {
    if (this.#subjects.delete(key)) this.#discard();
  }

  /** The present lines, rendered now when they are stale. */
  lines(): SubjectLines {
    if (this.#lines !== undefined && this.#shown.size === 0) return this.#lines;
    const subjects = [...this.#subjects.values()];
    this.#lines =
      this.#lines === undefined
        ? this.#renderer.render(subjects)
        : this.#renderer.update(this.#lines, subjects, this.#changes());
    this.#shown.clear();
    return this.#lines;
  }

  #changes(): SubjectChange<Subject>[] {
    return [...this.#shown].map(([key, before]) => ({ before, after: this.#subjects.get(key) ?? before }));
  }

  #discard(): void {
    this.#lines = undefined;
    this.#shown.clear();
  }
}
