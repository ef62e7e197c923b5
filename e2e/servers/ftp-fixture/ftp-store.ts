import { createHash } from 'node:crypto';

/** Files and folders by their absolute paths. */
export class FtpStore {
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set<string>(['/']);
  readonly modified = new Map<string, string>();

  put(path: string, bytes: Buffer): void {
    this.files.set(path, bytes);
    if (!this.modified.has(path)) this.modified.set(path, '20260102030405');
  }

  parentOf(path: string): string {
    return path.slice(0, path.lastIndexOf('/')) || '/';
  }

  /** @returns whether there was something to rename */
  rename(from: string, to: string): boolean {
    const bytes = this.files.get(from);
    if (bytes === undefined || !this.folders.has(this.parentOf(to))) return false;
    this.files.delete(from);
    this.files.set(to, bytes);
    this.modified.set(to, this.modified.get(from) ?? '');
    return true;
  }

  children(folder: string): readonly string[] {
    return [...this.files.keys(), ...this.folders].filter((path) => path !== '/' && this.parentOf(path) === folder).map((path) => path.slice(path.lastIndexOf('/') + 1));
  }

  sha256(path: string): string | undefined {
    const bytes = this.files.get(path);
    return bytes && createHash('sha256').update(bytes).digest('hex');
  }
}
