/** The families of an archive folder or History Server. Their subject is what its last scan found. */

import type { SubjectKind } from '../render-subjects.ts';
import type { FamilyRecord } from '../family.ts';
import { seconds } from './seconds.ts';

const ARCHIVE_LABELS = ['archive', 'flink_cluster'] as const;

/** An archive folder or History Server as it is exported. Times are our clock, milliseconds. */
export interface ExportedArchive {
  /** The folder, or the address, as configured. */
  readonly archive: string;
  /** Empty for one that several clusters use. */
  readonly cluster: string;
  readonly up: boolean;
  readonly files: {
    readonly indexed: number;
    readonly incomplete: number;
    readonly unreadable: number;
    readonly unattributed: number;
  };
  readonly oldestIncompleteAt?: number;
  readonly lastScanAt: number;
  readonly scanMs: number;
  readonly readBytes: number;
}

const ofArchive = {
  type: 'gauge',
  labels: ARCHIVE_LABELS,
  stability: 'stable',
  exportedFor: 'archive folders and History Servers, once a scan was tried',
} as const;

export const ARCHIVE_FAMILIES: readonly FamilyRecord<ExportedArchive>[] = [
  {
    ...ofArchive,
    name: 'flink_archive_up',
    help: 'Whether the last scan could list the whole folder or History Server.',
    write: (emit, { up }) => emit(Number(up)),
  },
  {
    ...ofArchive,
    name: 'flink_archive_files',
    help: 'Archive files: indexed, incomplete (not all there yet), unreadable, or unattributed (no run of a configured cluster).',
    labels: [...ARCHIVE_LABELS, 'condition'],
    write: (emit, { files }) => {
      emit(files.indexed, 'indexed');
      emit(files.incomplete, 'incomplete');
      emit(files.unreadable, 'unreadable');
      emit(files.unattributed, 'unattributed');
    },
  },
  {
    ...ofArchive,
    name: 'flink_archive_oldest_incomplete_timestamp_seconds',
    help: 'When the oldest incomplete file was last written, those older than the retention left out.',
    exportedFor: 'archive folders with incomplete files',
    write: (emit, { oldestIncompleteAt }) => emit(seconds(oldestIncompleteAt)),
  },
  {
    ...ofArchive,
    name: 'flink_archive_last_scan_timestamp_seconds',
    help: 'When the last scan ended.',
    write: (emit, { lastScanAt }) => emit(seconds(lastScanAt)),
  },
  {
    ...ofArchive,
    name: 'flink_archive_scan_duration_seconds',
    help: 'How long the last scan took.',
    write: (emit, { scanMs }) => emit(seconds(scanMs)),
  },
  {
    ...ofArchive,
    name: 'flink_archive_read_bytes_total',
    type: 'counter',
    help: 'Bytes read from archive files, and of the answers of a History Server.',
    write: (emit, { readBytes }) => emit(readBytes),
  },
];

export const ARCHIVES: SubjectKind<ExportedArchive> = {
  labels: ARCHIVE_LABELS,
  labelValues: ({ archive, cluster }) => [archive, cluster],
  families: ARCHIVE_FAMILIES,
};
