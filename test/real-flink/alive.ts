/** Whether a process exists (one that ended but was not waited for does). Called by the tests of this folder. */
export function alive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
