/** A thread of archive folders that dies of the archive of job 2; any other is incomplete. */

import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type FolderRequest, PROGRESS } from '../../src/archive/folder-calls.ts';
import { jobIdOf } from './crafted-archive.ts';

const progress = workerData as Int32Array;
parentPort?.on('message', (request: FolderRequest) => {
  const paths = request.kind === 'read' ? request.paths : [];
  const readings = paths.map((path, index) => {
    Atomics.store(progress, PROGRESS.path, index);
    if (basename(path) === jobIdOf(2)) process.exit(1);
    return { kind: 'incomplete', bytesRead: 0 };
  });
  parentPort?.postMessage({ kind: 'answer', json: JSON.stringify(readings) }, []);
});
