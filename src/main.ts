#!/usr/bin/env node
/** The entry: refuses a Node that cannot run the program, and hands over to the command line. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  console.error(`flink-medic needs Node >= 24.11, this is ${process.version}`);
  process.exit(1);
}
// Whoever reads may stop reading (`flink-medic jobs | head -1`): nothing is wrong then.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
  });
}
// Loaded only now: an older Node would already fail at the imports.
const { run } = await import('./cli/program.ts');
process.exitCode = await run(process.argv.slice(2));
