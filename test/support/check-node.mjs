// Refuses to go on under a Node that cannot run the project. Called first by the npm scripts, and written so that
// even an old Node can run it.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  console.error(
    `flink-medic needs Node >= 24.11, this is ${process.version}. ` +
      'Run "npm ci" with install scripts allowed: it brings Node 24 into node_modules, and npm scripts then use it.',
  );
  process.exit(1);
}
