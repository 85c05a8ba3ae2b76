/**
 * Renders the subjects of one kind (runs, clusters, names or archives), family by family. The chunk store has one, and its
 * chunks share it. Keeps nothing of a subject.
 */

import type { FamilyRecord } from './family.ts';
import { LineBuffer } from './line-buffer.ts';
import { type CompiledFamily, compileFamily, renderLabels } from './render-family.ts';

/** A kind of subject: the labels that all its families begin with, and the families. */
export interface SubjectKind<Subject> {
  readonly labels: readonly string[];
  readonly labelValues: (subject: Subject) => readonly string[];
  readonly families: readonly FamilyRecord<Subject>[];
}

/** The lines of some subjects, one buffer a family, empty for one without samples. Nobody changes a buffer afterwards. */
export type SubjectLines = readonly Buffer[];

/** A subject as it was rendered and as it is. */
export interface SubjectChange<Subject> {
  readonly before: Subject;
  readonly after: Subject;
}

export class SubjectRenderer<Subject> {
  readonly #kind: SubjectKind<Subject>;
  readonly #families: readonly CompiledFamily<Subject>[];

  /** @throws TypeError when the labels of a family do not begin with those of the kind */
  constructor(kind: SubjectKind<Subject>) {
    const lines = new LineBuffer();
    this.#kind = kind;
    this.#families = kind.families.map((family) => compileFamily(family, kind.labels, lines));
  }

  render(subjects: readonly Subject[]): SubjectLines {
    const labels = this.#labels(subjects);
    return this.#families.map((family) => family.render(subjects, labels));
  }

  /**
   * Renders only the families that differ.
   *
   * @param lines of the same subjects before they changed
   * @param changes of every subject that changed since
   */
  update(lines: SubjectLines, subjects: readonly Subject[], changes: readonly SubjectChange<Subject>[]): SubjectLines {
    if (changes.some((change) => !this.#isLabelledAlike(change))) return this.render(subjects);
    const labels = this.#labels(subjects);
    return this.#families.map((family, index) => {
      const text = lines[index];
      const differs = text === undefined || changes.some(({ before, after }) => family.differs(before, after));
      return differs ? family.render(subjects, labels) : text;
    });
  }

  #labels(subjects: readonly Subject[]): Uint8Array[] {
    const { labels, labelValues } = this.#kind;
    return subjects.map((subject) => Buffer.from(renderLabels(labels, labelValues(subject))));
  }

  #isLabelledAlike({ before, after }: SubjectChange<Subject>): boolean {
    const values = this.#kind.labelValues(after);
    return this.#kind.labelValues(before).every((value, index) => value === values[index]);
  }
}
