import type { z } from 'zod';
import { type ParsedInput, ROUTES, type RouteName, type RouteOutput } from '../../shared/ipc/contract.ts';
import type { Reply } from '../../shared/ipc/reply.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { wrapError } from '../storage/wrap-error.ts';

/** One handler a route; a missing or a foreign one does not compile. */
export type Handlers = { readonly [Name in RouteName]: (input: ParsedInput<Name>) => Promise<RouteOutput<Name>> | RouteOutput<Name> };

export type HandlersFor<Area extends string> = Pick<Handlers, Extract<RouteName, `${Area}.${string}`>>;

export type Dispatch = (route: unknown, input: unknown) => Promise<Reply<unknown>>;

/** Parses what the window sent, runs the handler and turns whatever happens into data. `report` gets failures that nobody expected. */
export function createRouter(handlers: Handlers, report: (error: StorageError, route: string) => void): Dispatch {
  return async (route, input) => {
    try {
      if (!isRouteName(route)) throw new StorageError('invalid_config', `Unknown request ${JSON.stringify(String(route).slice(0, 60))}.`);
      const parsed = ROUTES[route].input.safeParse(input);
      if (!parsed.success) throw badInput(route, parsed.error.issues);
      const handler = handlers[route] as (value: unknown) => unknown;
      return { ok: true, value: await handler(parsed.data) };
    } catch (error) {
      const failure = wrapError(error, 'do this');
      if (failure.code === 'unexpected') report(failure, String(route).slice(0, 60));
      return { ok: false, error: failure.toRecord() };
    }
  };
}

function isRouteName(route: unknown): route is RouteName {
  return typeof route === 'string' && Object.hasOwn(ROUTES, route);
}

/** What our own parsers say is meant for people; the rest is a defect of the window, named for whoever reports it. */
function badInput(route: string, issues: readonly z.core.$ZodIssue[]): StorageError {
  const own = issues.find(({ code }) => code === 'custom');
  if (own !== undefined) return new StorageError('invalid_config', own.message.slice(0, 1000));
  const text = issues.slice(0, 3).map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`));
  return new StorageError('invalid_config', `Bad input for ${route}: ${text.join('; ').slice(0, 1000)}`);
}
