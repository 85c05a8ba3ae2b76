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
  /** A part of a subject by the name that `FamilyRecord.reads` has for it. */
  readonly partOf?: (subject: Subject, part: string) => unknown;
}

/** What was rendered of some subjects. Nobody changes a buffer afterwards. */
export interface SubjectLines {
  /** The common labels of each subject. */
  readonly labels: readonly Uint8Array[];
  /** The lines of each family, empty for one without samples. */
  readonly families: readonly Buffer[];
}

/** A subject as it was rendered and as it is. */
export interface SubjectChange<Subject> {
  readonly before: Subject;
  readonly after: Subject;
}

export class SubjectRenderer<Subject> {
  readonly #kind: SubjectKind<Subject>;
  readonly #families: readonly CompiledFamily<Subject>[];
  /** All that a family says it reads. */
  readonly #parts: readonly string[];

  /** @throws TypeError when the labels of a family do not begin with those of the kind */
  constructor(kind: SubjectKind<Subject>) {
    const lines = new LineBuffer();
    this.#kind = kind;
    this.#families = kind.families.map((family) => compileFamily(family, kind.labels, lines));
    this.#parts = [...new Set(kind.families.flatMap(({ reads = [] }) => reads))];
  }

  render(subjects: readonly Subject[]): SubjectLines {
    const { labels: names, labelValues } = this.#kind;
    const labels = subjects.map((subject) => Buffer.from(renderLabels(names, labelValues(subject))));
    return { labels, families: this.#families.map((family) => family.render(subjects, labels)) };
  }

  /**
   * Renders only the families that differ.
   *
   * @param lines of the same subjects before they changed
   * @param changes of every subject that changed since
   */
  update(lines: SubjectLines, subjects: readonly Subject[], changes: readonly SubjectChange<Subject>[]): SubjectLines {
    if (changes.some((change) => !this.#isLabelledAlike(change))) return this.render(subjects);
    const { labels } = lines;
    const changed = this.#changedParts(changes);
    const families = this.#families.map((family, index) => {
      const text = lines.families[index];
      const reads = this.#kind.families[index]?.reads;
      if (text !== undefined && reads?.some((part) => changed.has(part)) === false) return text;
      const differs = text === undefined || changes.some(({ before, after }) => family.differs(before, after));
      return differs ? family.render(subjects, labels) : text;
    });
    return { labels, families };
  }

  #changedParts(changes: readonly SubjectChange<Subject>[]): Set<string> {
    const { partOf } = this.#kind;
    if (partOf === undefined) return new Set(this.#parts);
    const isChanged = (part: string): boolean =>
      changes.some(({ before, after }) => !Object.is(partOf(before, part), partOf(after, part)));
    return new Set(this.#parts.filter((part) => isChanged(part)));
  }

  #isLabelledAlike({ before, after }: SubjectChange<Subject>): boolean {
    const values = this.#kind.labelValues(after);
    return this.#kind.labelValues(before).every((value, index) => value === values[index]);
  }
}
