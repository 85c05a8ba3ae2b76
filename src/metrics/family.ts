/**
 * A metric is data: one record says what a family is called, what it means and how its samples come out of a subject (a
 * run, a cluster, a name, an archive, or flink-medic itself). The renderer, the reference in `docs/`, dashboards and
 * alert tests all read the same records.
 */

export interface FamilyDescription {
  /** The name in text 0.0.4 and of the samples in both formats; a counter's ends in `_total`. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** One sentence with the origin of the value (REST path, archive, ledger). */
  readonly help: string;
  /** All labels in the order of the exposition: those common to the kind of subject, then the family's own. */
  readonly labels: readonly string[];
  readonly stability: 'stable' | 'experimental';
  /** What has the family and when, for the reference: "every live run". */
  readonly exportedFor: string;
}

/**
 * Writes one sample, with the values of the family's own labels in order. An undefined value writes nothing: what is
 * not known is absent, never 0.
 */
export type Emit = (value: number | undefined, ...ownLabelValues: string[]) => void;

/**
 * A family whose samples are read off a subject. What they depend on must all be in the subject, which is an immutable
 * value: its text is kept until another subject takes its place.
 */
export interface FamilyRecord<Subject> extends FamilyDescription {
  readonly write: (emit: Emit, subject: Subject) => void;
  /**
   * Names of all parts of the subject that `write` reads (`SubjectKind.partOf`): where they are identical, so are the
   * samples. Left out, the samples are compared after every change.
   */
  readonly reads?: readonly string[];
}

/** The lines of one family, in pieces that are never changed after they were made. */
export interface FamilyText {
  readonly family: FamilyHeader;
  readonly pieces: readonly Buffer[];
}

/** What the header lines of a family need. */
export type FamilyHeader = Pick<FamilyDescription, 'name' | 'type' | 'help'>;
