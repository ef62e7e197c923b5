import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../shared/ipc/channels.ts';
import type { HoldfastBridge, HoldfastEvent } from '../shared/ipc/contract.ts';

/** The request that needs a path: only this file may make it, for `File`s that really came from the desktop. */
const ADOPT_ROUTE = 'local.adopt';

const bridge: HoldfastBridge = {
  request: (route, input) => {
    if (route === ADOPT_ROUTE) return Promise.reject(new Error('Paths come from drops and dialogs only.'));
    return ipcRenderer.invoke(REQUEST_CHANNEL, route, input) as Promise<unknown>;
  },
  subscribe: (listener) => {
    const forward = (_event: unknown, event: HoldfastEvent) => listener(event);
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => {
      ipcRenderer.off(EVENT_CHANNEL, forward);
    };
  },
  adoptFiles: (files) => {
    const paths = (files as readonly File[]).map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
    return ipcRenderer.invoke(REQUEST_CHANNEL, ADOPT_ROUTE, { paths }) as Promise<unknown>;
  },
};

contextBridge.exposeInMainWorld('holdfast', bridge);
