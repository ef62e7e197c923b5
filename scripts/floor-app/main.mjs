// The floor runtime comes without the small program that makes `electron FOLDER` work in an official Electron; this is its place holder.
// An app started by it sees the same process.argv, process.defaultApp, app path, name and version as under an official one.
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const given = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (given === undefined) {
  process.stderr.write('Usage: electron [switches] FOLDER [arguments]\n');
  app.exit(2);
} else {
  const folder = resolve(given);
  const { name, productName = name, version, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
  if (productName !== undefined) app.name = productName;
  if (version !== undefined) app.setVersion(version);
  app.setAppPath(folder);
  await import(pathToFileURL(join(folder, main ?? 'index.js')).href);
}
