/** The thread of archive folders: `FolderThreads` starts it and asks, a `FolderServer` answers. */

import { parentPort, workerData } from 'node:worker_threads';
import { type FolderRequest, PROGRESS } from './folder-calls.ts';
import { FolderServer } from './folder-server.ts';

const port = parentPort;
if (port === null) throw new Error('this is a thread of another program');
const progress = workerData as Int32Array;
const server = new FolderServer((message) => port.postMessage(message), {
  answered: () => void Atomics.add(progress, PROGRESS.answers, 1),
  reads: (path) => void Atomics.store(progress, PROGRESS.path, path),
});
port.on('message', (request: FolderRequest) => server.serve(request));
