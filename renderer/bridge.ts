import type { HoldfastBridge, HoldfastEvent, RouteInput, RouteName, RouteOutput } from '../shared/ipc/contract.ts';
import type { Reply } from '../shared/ipc/reply.ts';
import type { LocalItem } from '../shared/ipc/views.ts';
import type { ErrorRecord } from '../shared/storage/errors.ts';

declare global {
  interface Window {
    readonly holdfast?: HoldfastBridge;
  }
}

/** `local.adopt` belongs to the preload: the window gives it `File`s by {@link adoptFiles}, never paths. */
export type WindowRoute = Exclude<RouteName, 'local.adopt'>;

/** A request that main refused or that never reached it; `record` is what main said. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly record: ErrorRecord;

  constructor(record: ErrorRecord) {
    super(record.message);
    this.record = record;
  }
}

/** False when the page was opened without its preload: nothing can work then. */
export function bridgeIsThere(): boolean {
  return window.holdfast !== undefined;
}

/** @throws BridgeError with main's error, or `unavailable` when main cannot be reached */
export async function request<Name extends WindowRoute>(name: Name, input: RouteInput<Name>): Promise<RouteOutput<Name>> {
  return unwrap<RouteOutput<Name>>(await reached(() => bridge().request(name, input)));
}

/** Turns the `File`s of a drop or paste into tokens. Must be called while the event's data is still alive. @throws BridgeError */
export async function adoptFiles(files: readonly File[]): Promise<readonly LocalItem[]> {
  return unwrap<readonly LocalItem[]>(await reached(() => bridge().adoptFiles(files)));
}

/** @returns unsubscribe */
export function subscribe(listener: (event: HoldfastEvent) => void): () => void {
  return bridge().subscribe(listener);
}

/** What to show for anything that was thrown. */
export function errorRecord(error: unknown): ErrorRecord {
  if (error instanceof BridgeError) return error.record;
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error), retryable: false, context: {} };
}

function bridge(): HoldfastBridge {
  if (window.holdfast === undefined) throw lost('The window has no connection to Holdfast.');
  return window.holdfast;
}

async function reached(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw lost(error instanceof Error ? error.message : String(error));
  }
}

function unwrap<T>(reply: unknown): T {
  if (!isReply(reply)) throw new BridgeError({ code: 'unexpected', message: 'Holdfast answered with something that is not a reply.', retryable: false, context: {} });
  if (!reply.ok) throw new BridgeError(reply.error);
  return reply.value as T;
}

function isReply(reply: unknown): reply is Reply<unknown> {
  return typeof reply === 'object' && reply !== null && 'ok' in reply && typeof reply.ok === 'boolean' && (reply.ok ? 'value' in reply : 'error' in reply);
}

function lost(message: string): BridgeError {
  return new BridgeError({ code: 'unavailable', message, retryable: true, context: {} });
}
