/**
 * The routes of `WebSubmissionExtension`, with the answers that real ones gave (test/fixtures, `rest/jars`). Used by the
 * server.
 */

import { z } from 'zod';
import type { FakeCluster } from './fake-cluster.ts';
import type { FakeProcess } from './fake-process.ts';
import type { FakeSubmission } from './fake-submission.ts';
import { atLeast, type FlinkVersion } from './flink-version.ts';
import { failure, ok, type Reply, thrown } from './routes.ts';

export interface JarRequest {
  readonly cluster: FakeCluster;
  readonly process: FakeProcess;
  /** Empty where the route has none. */
  readonly jarId: string;
  readonly body: Buffer;
  readonly contentType: string;
}

export type JarRoute = (request: JarRequest) => Reply | Promise<Reply>;

/** By method and pattern. */
export const JAR_ROUTES: ReadonlyMap<string, JarRoute> = new Map<string, JarRoute>([
  ['GET /jars', ({ process }) => ok(renderJars(process))],
  ['POST /jars/upload', upload],
  ['DELETE /jars/:jarid', remove],
  ['POST /jars/:jarid/run', run],
]);

const HANDLER = 'handler.RestHandlerException';
const NOT_EXECUTED = 'Could not execute application.';

const runSchema = z.object({
  jobId: z.string().optional(),
  entryClass: z.string().optional(),
  programArgsList: z.array(z.string()).optional(),
  parallelism: z.int().optional(),
  savepointPath: z.string().optional(),
  restoreMode: z.enum(['NO_CLAIM', 'CLAIM', 'LEGACY']).optional(),
  allowNonRestoredState: z.boolean().optional(),
  flinkConfiguration: z.record(z.string(), z.string()).optional(),
});

function renderJars({ jars }: FakeProcess): object {
  const files = [...jars.values()].map(({ id, name, uploadedAt }) => ({
    id,
    name,
    uploaded: uploadedAt,
    entry: [{ name: 'medic.job.CountingJob', description: null }],
  }));
  return { address: 'http://127.0.0.1:8081', files };
}

async function upload({ cluster, process, body, contentType }: JarRequest): Promise<Reply> {
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  const file = [...form.values()].find((value) => typeof value !== 'string');
  if (file?.name.endsWith('.jar') !== true) return thrown(400, HANDLER, 'Only Jar files are allowed.');
  const { id } = process.addJar(file.name, Buffer.from(await file.arrayBuffer()), cluster.clock.now());
  return ok({ filename: process.pathOf(id), status: 'success' });
}

function remove({ process, jarId }: JarRequest): Reply {
  if (process.jars.delete(jarId)) return ok({});
  return thrown(400, HANDLER, `File ${jarId} does not exist in ${process.pathOf('')}.`);
}

async function run({ cluster, process, jarId, body }: JarRequest): Promise<Reply> {
  const fields = fieldsOf(body, cluster.version);
  if (fields === undefined) return thrown(400, HANDLER, 'Request did not match expected format JarRunRequestBody.');
  const jar = process.jars.get(jarId);
  if (jar === undefined) return notLoaded(`Jar file ${process.pathOf(jarId)} does not exist`);
  const submission = submissionOf(fields, jar.name);
  let program;
  try {
    program = await cluster.main(submission);
  } catch (error) {
    return notExecuted(
      `org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: ${String(error)}`,
    );
  }
  if (!process.alive) return failure(500, 'Internal server error.');
  const accepted = cluster.accept(submission, program);
  if (typeof accepted === 'string') return notExecuted(accepted);
  return ok({ jobid: accepted.jobId, ...(atLeast(cluster.version, '2.3') ? { applicationId: accepted.jobId } : {}) });
}

function submissionOf(fields: z.infer<typeof runSchema>, jar: string): FakeSubmission {
  return {
    jar,
    jobId: fields.jobId,
    entryClass: fields.entryClass,
    args: fields.programArgsList ?? [],
    parallelism: fields.parallelism,
    config: fields.flinkConfiguration ?? {},
    savepointPath: fields.savepointPath,
    restoreMode: fields.restoreMode,
    allowNonRestoredState: fields.allowNonRestoredState,
  };
}

/** Undefined when Flink would not read it. */
function fieldsOf(body: Buffer, version: FlinkVersion): z.infer<typeof runSchema> | undefined {
  const schema = atLeast(version, '1.20') ? runSchema : runSchema.strict();
  try {
    return schema.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}

/** What the handler throws before it runs anything is nothing that it expects. */
function notLoaded(message: string): Reply {
  const at = '\tat org.apache.flink.runtime.webmonitor.handlers';
  const context = `${at}.utils.JarHandlerUtils$JarHandlerContext`;
  return failure(
    500,
    'Internal server error.',
    '<Exception on server side:\n' +
      `java.util.concurrent.CompletionException: org.apache.flink.runtime.rest.${HANDLER}: ${message}\n` +
      `${context}.toPackagedProgram(JarHandlerUtils.java:181)\n` +
      `${context}.applyToConfiguration(JarHandlerUtils.java:150)\n` +
      `${at}.JarRunHandler.handleRequest(JarRunHandler.java:100)\n` +
      `Caused by: org.apache.flink.runtime.rest.${HANDLER}: ${message}\n\t... 1 more\n\nEnd of exception on server side>`,
  );
}

function notExecuted(cause: string): Reply {
  const frame =
    '\tat org.apache.flink.runtime.webmonitor.handlers.JarRunHandler.handleRequest(JarRunHandler.java:114)\n';
  return failure(
    400,
    `org.apache.flink.runtime.rest.${HANDLER}: ${NOT_EXECUTED}\n${frame}` +
      `Caused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: ${NOT_EXECUTED}\n${frame}` +
      `Caused by: ${cause}\n\t... 4 more\n`,
  );
}
