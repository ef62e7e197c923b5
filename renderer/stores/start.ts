import { subscribe } from '../bridge.ts';
import type { HoldfastEvent, MenuCommand } from '../../shared/ipc/contract.ts';
import { acceptSettings, loadApp } from './app-store.ts';
import { folderChanged, openFolder, useBrowser } from './browser-store.ts';
import { acceptJobProgress } from './checks-store.ts';
import { findConflicts } from './conflicts-store.ts';
import { acceptLocations, findLocation, loadLocations, useLocations } from './locations-store.ts';
import { childOnTheWay, samePlace } from './place.ts';
import { presentPlace, usePlace } from './place-store.ts';
import { countReceipts } from './receipts-store.ts';
import { loadSpace } from './space-store.ts';
import { acceptOverview, loadTransfers, useTransfers } from './transfers-store.ts';

/** Connects the stores with main and with each other, then loads what the window shows. @returns a function that disconnects */
export function startStores(onMenu: (command: MenuCommand) => void): () => void {
  const endings = [
    subscribe((event) => accept(event, onMenu)),
    usePlace.subscribe((state) => {
      follow(presentPlace(state));
      void loadSpace(presentPlace(state)?.locationId ?? null);
    }),
    useLocations.subscribe((state, before) => {
      const place = presentPlace();
      if (place === null) return;
      if (state.locations?.find(({ id }) => id === place.locationId)?.state.kind !== before.locations?.find(({ id }) => id === place.locationId)?.state.kind) void loadSpace(place.locationId, { soon: true });
      const now = state.locations?.find(({ id }) => id === place.locationId)?.state.kind;
      const then = before.locations?.find(({ id }) => id === place.locationId)?.state.kind;
      // a location that came back shows its folder again by itself
      if (now === 'ready' && then !== undefined && then !== 'ready' && useBrowser.getState().status === 'failed') void openFolder(place);
    }),
    useTransfers.subscribe((state, before) => {
      if (state.overview?.revision === before.overview?.revision) return;
      void findConflicts();
      if (state.overview?.counts.done === before.overview?.counts.done) return;
      countReceiptsSoon();
      void loadSpace(presentPlace()?.locationId ?? null);
    }),
  ];
  void loadApp();
  void loadLocations();
  void loadTransfers();
  void countReceipts();
  return () => endings.forEach((end) => end());
}

function accept(event: HoldfastEvent, onMenu: (command: MenuCommand) => void): void {
  switch (event.type) {
    case 'transfers':
      return acceptOverview(event.overview);
    case 'locations':
      return acceptLocations(event.locations);
    case 'folder changed':
      return folderChanged({ locationId: event.locationId, path: event.path });
    case 'job':
      return acceptJobProgress(event.jobId, { bytes: event.bytes, total: event.total });
    case 'settings':
      return acceptSettings(event.settings);
    case 'menu':
      return onMenu(event.command);
  }
}

function follow(place: ReturnType<typeof presentPlace>): void {
  const from = useBrowser.getState().place;
  if (place === null || samePlace(place, from) || findLocation(place.locationId) === null) return;
  void openFolder(place, childOnTheWay(place, from));
}

const COUNT_AFTER_MS = 1000;
let countTimer: ReturnType<typeof setTimeout> | null = null;

function countReceiptsSoon(): void {
  countTimer ??= setTimeout(() => {
    countTimer = null;
    void countReceipts();
  }, COUNT_AFTER_MS);
}
