// The floor runtime comes without the small program that makes `electron FOLDER` work in an official Electron; this is its place holder.
// An app started by it sees the same process.argv, process.defaultApp, app path, name and version as under an official one.
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {Electron.App & { setVersion(version: string): void, setAppPath(path: string): void }} AppToBe */

const given = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (given === undefined) {
  process.stderr.write('Usage: electron [switches] FOLDER [arguments]\n');
  app.exit(2);
} else {
  const folder = resolve(given);
  const { name, productName = name, version, main = 'index.js' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const appToBe = /** @type {AppToBe} */ (app);
  Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
  if (productName !== undefined) appToBe.name = productName;
  if (version !== undefined) appToBe.setVersion(version);
  appToBe.setAppPath(folder);
  await import(pathToFileURL(join(folder, main)).href);
}
