import { z } from 'zod';
import { HASH_NAMES } from '../storage/checksum.ts';
import type { FileDetail, UnfinishedUpload } from '../storage/file-instance.ts';
import type { LocationPath } from '../storage/path.ts';
import { parseLocationPath, parseName } from '../storage/path.ts';
import type { LocationSuggestion, ProbeReport } from '../storage/location.ts';
import type { Receipt } from '../transfers/transfer.ts';
import type {
  AppInfo, BackendView, ChecksumResult, CompareResult, FileRow, ListPage, LocalItem, LocationSpace, LocationView, ReceiptPage, SavedVersion, Settings, TransferPage, TransfersOverview, VersionList,
} from './views.ts';

/** A route: the schema of what the window sends, and (as a type only) what main answers. */
export interface Route<Input extends z.ZodType = z.ZodType, Output = unknown> {
  readonly input: Input;
  readonly output?: Output;
}

function route<Output>() {
  return <Input extends z.ZodType>(input: Input): Route<Input, Output> => ({ input });
}

const id = z.string().min(1).max(100);
const text = z.string().max(10_000);

function parsed<T>(parse: (value: string) => T) {
  return z.string().max(40_000).transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

const path = parsed<LocationPath>(parseLocationPath);
const name = parsed<string>(parseName);
const algorithm = z.enum(HASH_NAMES as [(typeof HASH_NAMES)[number], ...(typeof HASH_NAMES)[number][]]);
/** From 10 kB a second on: with less, servers take a connection for dead. */
const rateLimit = z.int().min(10_000).max(1e12).nullable();
const conflict = z.enum(['ask', 'skip', 'overwrite', 'rename', 'fail']);
const nothing = z.strictObject({});
const place = z.strictObject({ locationId: id, path });
const page = { offset: z.int().min(0), limit: z.int().min(1).max(500) };

const proof = z.strictObject({
  minimum: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  readBack: z.union([z.literal('always'), z.literal('never'), z.strictObject({ upTo: z.int().min(0) })]),
});

const locationDraft = z.strictObject({
  name: z.string().trim().min(1, 'a location needs a name').max(100),
  backend: z.string().min(1).max(60),
  uri: text,
  options: z.record(z.string().max(60), z.union([text, z.number(), z.boolean()])),
  /** absent: keep what is there; empty: forget it */
  secret: text.optional(),
  /** further ones by the keys of their fields, each as above */
  secrets: z.record(z.string().max(60), text).optional(),
  proof,
  sizeLimit: z.strictObject({ bytes: z.int().min(0), reason: z.string().max(300).optional() }).nullable(),
});

/** Every request that the window may make. `local.adopt` is for the preload alone: it turns dropped `File`s into tokens. */
export const ROUTES = {
  'app.info': route<AppInfo>()(nothing),
  'settings.get': route<Settings>()(nothing),
  'settings.set': route<Settings>()(z.strictObject({ theme: z.enum(['system', 'light', 'dark']), concurrency: z.int().min(1).max(32), conflict, uploadLimit: rateLimit, downloadLimit: rateLimit }).partial()),
  'backends.list': route<readonly BackendView[]>()(nothing),
  /** ways to fill in a backend's form that were found on this computer */
  'backends.suggestions': route<readonly LocationSuggestion[]>()(z.strictObject({ backend: z.string().min(1).max(60) })),
  'locations.list': route<readonly LocationView[]>()(nothing),
  'locations.add': route<LocationView>()(locationDraft),
  'locations.update': route<LocationView>()(z.strictObject({ id, draft: locationDraft })),
  'locations.remove': route<null>()(z.strictObject({ id })),
  /** tries a draft without saving it; `id` lends the saved secret to a draft that does not change it */
  'locations.test': route<ProbeReport>()(z.strictObject({ draft: locationDraft, id: id.optional() })),
  /** after the user compared the fingerprint: lets the location trust the server that shows it, when it then connects */
  'locations.trust': route<LocationView>()(z.strictObject({ id, value: z.string().min(1).max(1000) })),
  /** connects (again) and answers the new state */
  'locations.connect': route<LocationView>()(z.strictObject({ id })),
  /** null where the storage does not say */
  'locations.space': route<LocationSpace | null>()(z.strictObject({ id })),
  /** uploads by Holdfast that never finished and cost space */
  'locations.unfinished': route<readonly UnfinishedUpload[]>()(z.strictObject({ id })),
  'locations.discard': route<{ readonly removed: number }>()(z.strictObject({ id, uploads: z.array(z.string().min(1).max(10_000)).min(1).max(10_000) })),
  'browse.list': route<ListPage>()(z.strictObject({ locationId: id, path, cursor: z.string().max(100).nullable() })),
  'browse.stat': route<FileRow>()(place),
  /** what else the storage says of a file; never evidence */
  'browse.details': route<readonly FileDetail[]>()(place),
  'browse.versions': route<VersionList>()(place),
  'browse.makeDirectory': route<FileRow>()(z.strictObject({ locationId: id, path, name })),
  'browse.rename': route<FileRow>()(z.strictObject({ locationId: id, path, name })),
  'browse.remove': route<null>()(z.strictObject({ locationId: id, paths: z.array(path).min(1).max(100_000) })),
  /** opens a file or folder dialog of the desktop */
  'local.pick': route<readonly LocalItem[]>()(z.strictObject({ kind: z.enum(['files', 'folders', 'target folder', 'file']) })),
  'local.adopt': route<readonly LocalItem[]>()(z.strictObject({ paths: z.array(z.string().min(1).max(40_000)).max(100_000) })),
  'transfers.upload': route<{ readonly batchId: string }>()(z.strictObject({ tokens: z.array(id).min(1).max(100_000), locationId: id, path, conflict: conflict.optional() })),
  'transfers.download': route<{ readonly batchId: string }>()(z.strictObject({ locationId: id, paths: z.array(path).min(1).max(100_000), targetToken: id, conflict: conflict.optional() })),
  'transfers.overview': route<TransfersOverview>()(nothing),
  'transfers.list': route<TransferPage>()(z.strictObject({ ...page, batchId: id.optional(), states: z.array(z.enum(['queued', 'transferring', 'verifying', 'done', 'failed', 'paused', 'canceled'])).optional() })),
  'transfers.cancel': route<null>()(z.strictObject({ transferId: id.optional(), batchId: id.optional() })),
  'transfers.retry': route<null>()(z.strictObject({ transferId: id.optional(), batchId: id.optional() })),
  /** removes finished rows from the list (the receipts stay) */
  'transfers.clear': route<null>()(z.strictObject({ includeFailed: z.boolean() })),
  /** one transfer, a batch, or everything */
  'transfers.pause': route<null>()(z.strictObject({ transferId: id.optional(), batchId: id.optional() })),
  'transfers.resume': route<null>()(z.strictObject({ transferId: id.optional(), batchId: id.optional() })),
  'transfers.setPriority': route<null>()(z.strictObject({ batchId: id, priority: z.union([z.literal(-1), z.literal(0), z.literal(1)]) })),
  'transfers.answerConflict': route<null>()(z.strictObject({ transferId: id, action: z.enum(['skip', 'overwrite', 'rename']), wholeBatch: z.boolean() })),
  /** asks the storage, or reads back when it cannot answer and `readBack` is true */
  'integrity.checksum': route<ChecksumResult>()(z.strictObject({ jobId: id, locationId: id, path, algorithm, readBack: z.boolean() })),
  'integrity.compareLocal': route<CompareResult>()(z.strictObject({ jobId: id, locationId: id, path, token: id, readBack: z.boolean() })),
  'jobs.cancel': route<null>()(z.strictObject({ jobId: id })),
  /** receipts for one stored file, newest first */
  'receipts.forFile': route<readonly Receipt[]>()(place),
  'receipts.list': route<ReceiptPage>()(z.strictObject({ ...page, search: z.string().max(1000) })),
  /** asks where to save; null when the user canceled, else the name of the file written */
  'receipts.export': route<string | null>()(z.strictObject({ format: z.enum(['json', 'sha256sums']) })),
  /** shows a file of a local location, or the data folder, in the desktop's file browser */
  'desktop.reveal': route<null>()(z.union([z.strictObject({ what: z.literal('data folder') }), z.strictObject({ what: z.literal('file'), locationId: id, path })])),
  /** asks for a file or folder whose path becomes part of a location, e.g. a certificate authority; null when the user canceled */
  'desktop.pickPath': route<string | null>()(z.strictObject({ kind: z.enum(['file', 'folder']), title: z.string().max(200) })),
  /** asks where to save an earlier version and writes it there; null when the user canceled */
  'desktop.saveVersion': route<SavedVersion | null>()(z.strictObject({ jobId: id, locationId: id, path, versionId: z.string().min(1).max(2000) })),
  /** puts a link into the clipboard by which anybody can fetch the file for so many seconds; it never comes into the window. Answers when it ends */
  'desktop.copyLink': route<{ readonly expiresAt: string }>()(z.strictObject({ locationId: id, path, seconds: z.int().min(60).max(604_800) })),
  'clipboard.write': route<null>()(z.strictObject({ text: z.string().max(1_000_000) })),
} as const;

export type RouteName = keyof typeof ROUTES;
export type RouteInput<Name extends RouteName> = z.input<(typeof ROUTES)[Name]['input']>;
export type ParsedInput<Name extends RouteName> = z.output<(typeof ROUTES)[Name]['input']>;
export type RouteOutput<Name extends RouteName> = (typeof ROUTES)[Name] extends Route<z.ZodType, infer Output> ? Output : never;

/** What main tells the window unasked; at most 10 times a second each. */
export type HoldfastEvent =
  | { readonly type: 'transfers'; readonly overview: TransfersOverview }
  | { readonly type: 'locations'; readonly locations: readonly LocationView[] }
  /** something in that folder changed by a transfer or another window: list it again when it is shown */
  | { readonly type: 'folder changed'; readonly locationId: string; readonly path: string }
  | { readonly type: 'job'; readonly jobId: string; readonly bytes: number; readonly total: number | null }
  | { readonly type: 'settings'; readonly settings: Settings }
  | { readonly type: 'menu'; readonly command: MenuCommand };

/** What the application menu asks of the window. */
export type MenuCommand = 'upload files' | 'upload folder' | 'download' | 'new folder' | 'add location' | 'rename' | 'delete' | 'filter' | 'show transfers' | 'show receipts' | 'toggle inspector' | 'palette' | 'shortcuts' | 'settings';

/** What the preload lays at `window.holdfast`; only renderer/bridge.ts reads it. */
export interface HoldfastBridge {
  request(route: RouteName, input: unknown): Promise<unknown>;
  /** @returns unsubscribe */
  subscribe(listener: (event: HoldfastEvent) => void): () => void;
  /** Turns `File`s of a real drop or paste into tokens; typed as unknown[] because `shared` knows no DOM. */
  adoptFiles(files: readonly unknown[]): Promise<unknown>;
}
