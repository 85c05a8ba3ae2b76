/** What a JobManager process has for itself, and takes with it when it dies: its folder and the jars in it. */

import { randomUUID } from 'node:crypto';

export interface FakeJar {
  readonly id: string;
  readonly name: string;
  readonly uploadedAt: number;
  readonly bytes: Buffer;
}

export class FakeProcess {
  /** `web.tmpdir` */
  readonly tmpdir = `/tmp/flink-web-${randomUUID()}`;
  readonly jars = new Map<string, FakeJar>();
  /** False: what it was doing comes to nothing. */
  alive = true;

  addJar(name: string, bytes: Buffer, now: number): FakeJar {
    const id = `${randomUUID()}_${name}`;
    const jar = { id, name, uploadedAt: now, bytes };
    this.jars.set(id, jar);
    return jar;
  }

  pathOf(jarId: string): string {
    return `${this.tmpdir}/flink-web-upload/${jarId}`;
  }
}
