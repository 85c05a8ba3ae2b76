/** A path whose last part may hold `*`: the files of `cluster_files`, and what a watcher must look at. */

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export class FilePattern {
  readonly folder: string;
  readonly #name: string;
  readonly #expression: RegExp | undefined;

  constructor(path: string) {
    this.folder = dirname(path);
    this.#name = basename(path);
    if (!this.#name.includes('*')) return;
    const words = this.#name.split('*').map((word) => word.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
    // As in a shell, a leading star leaves out hidden files; a mounted ConfigMap keeps its versions in some.
    this.#expression = new RegExp(`^${words[0] === '' ? String.raw`(?!\.)` : ''}${words.join('.*')}$`, 's');
  }

  /** Whether a file of this name in the folder is meant. */
  matches(name: string): boolean {
    return this.#expression === undefined ? name === this.#name : this.#expression.test(name);
  }

  /**
   * The paths, sorted by name; folders are left out. Without `*` the path itself, whether it exists or not.
   * @throws Error of `node:fs` when the folder cannot be listed; a missing folder is an empty one
   */
  async files(): Promise<readonly string[]> {
    if (this.#expression === undefined) return [join(this.folder, this.#name)];
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return entries
      .filter((entry) => !entry.isDirectory() && this.matches(entry.name))
      .map((entry) => join(this.folder, entry.name))
      .toSorted();
  }
}
