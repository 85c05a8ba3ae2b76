/** How `serve` ends when something does not: called when everything was stopped. Keeps one timer, which keeps nothing alive. */

const PATIENCE_MS = 1_000;

/**
 * Ends the process if it is still there after a second. A thread that waits for a file system that hangs (a hard NFS mount)
 * cannot be ended, and `process.exit` waits for threads, those of Node's own pool as well. Another program in the place of
 * this one does not: the kernel ends them, as far as it can.
 */
export function leaveEvenIfHung(exitCode: number): void {
  const leave = (): void =>
    process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${exitCode})`], process.env);
  setTimeout(leave, PATIENCE_MS).unref();
}
