/**
 * What people see: sentences, and below them the table of jobs. On a terminal the table is drawn again in its place;
 * elsewhere (a pipe, CI) the jobs that changed are appended. Keeps the last table. Used by the whole demo.
 */

import type { RunResource } from '../../src/http/resources.ts';
import { changedJobs, jobTable } from './table.ts';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class Screen {
  readonly #output: Output;
  #jobs: readonly RunResource[] = [];
  /** As it stands above the cursor of a terminal; empty where there is none. */
  #table = '';
  #closed = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Lines of text. On a terminal they go above the table. */
  say(text: string): void {
    this.#write(`${text}\n`, this.#table);
  }

  show(jobs: readonly RunResource[]): void {
    const changed = changedJobs(this.#jobs, jobs);
    this.#jobs = jobs;
    if (changed.length === 0) return;
    if (this.#output.isTTY === true) this.#write('', this.#fit(`\n${jobTable(jobs)}\n`));
    else this.#write(changed.map((line) => `  ${line}\n`).join(''), '');
  }

  /** Nothing is written from now on. */
  close(): void {
    this.#closed = true;
  }

  /** Takes the table away, writes the text and puts a table below it. */
  #write(text: string, table: string): void {
    if (this.#closed) return;
    const height = this.#table.split('\n').length - 1;
    this.#output.write(`${height === 0 ? '' : `\u001b[${height}A\u001b[J`}${text}${table}`);
    this.#table = table;
  }

  /** A line that wraps would be two, and the next table drawn in the wrong place. */
  #fit(table: string): string {
    const lines = table.split('\n');
    return lines.map((line) => line.slice(0, this.#output.columns)).join('\n');
  }
}
