/**
 * Imported first by every command: the oldest Node that Holdfast's tools run on, refused with a sentence instead of a stack trace.
 * It uses nothing that an old Node lacks.
 */
const needed = [20, 19];
const found = process.versions.node.split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    'holdfast: Node ' + needed.join('.') + ' or newer is needed, this is ' + process.versions.node + '. Install a current one from https://nodejs.org and try again.\n',
  );
  process.exit(1);
}
