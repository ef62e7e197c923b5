/** The part of Electron's IpcMainInvokeEvent that tells who asks. */
export interface Sender {
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null;
}

/** Only the top frame of our own bundle may ask; a frame that is gone or that shows something else may not. */
export function isTrustedSender({ senderFrame }: Sender, origin: string): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.url.startsWith(`${origin}/`);
}
