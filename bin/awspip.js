#!/usr/bin/env node
// An older Node.js must be able to read this file, because it can't run the bundle.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 20 || (major === 20 && minor >= 19)) {
  require('../dist/start.cjs');
} else {
  process.stderr.write(
    `awspip: Node.js ${process.versions.node} is too old; awspip needs 20.19 or later\n\n` +
      'hint: install a newer Node.js, and put it first on `PATH`\n',
  );
  process.exitCode = 78;
}
