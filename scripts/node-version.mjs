/**
 * Imported first by every command: the oldest Node that Holdfast's tools run on, refused with a sentence instead of a stack trace.
 * It uses nothing that an old Node lacks.
 */
const needed = { major: 20, minor: 19 };
const parts = process.versions.node.split('.');
const major = Number(parts[0]);

if (major < needed.major || (major === needed.major && Number(parts[1]) < needed.minor)) {
  process.stderr.write(
    'holdfast: Node ' + needed.major + '.' + needed.minor + ' or newer is needed, this is ' + process.versions.node + '. Install a current one from https://nodejs.org and try again.\n',
  );
  process.exit(1);
}
