/**
 * What is asked of the file system that archive folders lie on. Everything here may take for ever (a hard NFS mount whose
 * server is away), so the main thread makes none of these calls itself: `FolderThreads` does.
 */

import type { ArchiveReading } from './archive-reader.ts';
import type { ArchiveListing } from './archive-source.ts';

export interface FolderCalls {
  /** @throws when the folder cannot be listed, or hangs; the signal's reason when it is aborted */
  list(folder: string, signal: AbortSignal): Promise<ArchiveListing>;
  /**
   * What the archives at these paths in the folder say, in their order.
   *
   * @param maxFileSize in bytes
   * @throws when the folder hangs; the signal's reason when it is aborted
   */
  read(folder: string, paths: readonly string[], maxFileSize: number, signal: AbortSignal): Promise<ArchiveReading[]>;
  /** @throws when the folder hangs */
  isReadable(folder: string): Promise<boolean>;
  /**
   * Watches a folder from its next listing on; the call that ends it is returned. Only a hint: events are lost on network
   * mounts and never come for what other hosts write.
   */
  watch(folder: string, listener: FolderListener): () => void;
  /** Ends everything that is asked; bounded. */
  close(): Promise<void>;
}

export interface FolderListener {
  /** Something under the name of a job, cluster or application appeared or changed. */
  changed(): void;
  /** It cannot be watched. */
  failed(problem: string): void;
}

/** What a thread is asked. */
export type FolderRequest =
  | { readonly kind: 'list'; readonly folder: string; readonly watched: boolean }
  | { readonly kind: 'read'; readonly folder: string; readonly paths: readonly string[]; readonly maxFileSize: number }
  | { readonly kind: 'isReadable'; readonly folder: string }
  | { readonly kind: 'unwatch'; readonly folder: string };

/** What a thread says; answers come in the order of the requests. JSON, because that is cheaper to hand over than objects. */
export type FolderMessage =
  /** A part of an answer that is a list. */
  | { readonly kind: 'part'; readonly json: string }
  | { readonly kind: 'answer'; readonly json: string }
  | { readonly kind: 'failure'; readonly problem: string }
  | { readonly kind: 'changed'; readonly folder: string }
  | { readonly kind: 'unwatchable'; readonly folder: string; readonly problem: string };

/** Where a thread counts what the file system answered, and which of the paths of a request it reads. */
export const PROGRESS = { answers: 0, path: 1, slots: 2 } as const;
/** It reads no path. */
export const NO_PATH = -1;
