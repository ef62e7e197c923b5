import { useCallback, useEffect, useState } from 'react';
import type { RouteInput, RouteOutput } from '../../shared/ipc/contract.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { WindowRoute } from '../bridge.ts';
import { errorRecord, request } from '../bridge.ts';

export type RouteAnswer<T> = { readonly kind: 'loading' } | { readonly kind: 'ready'; readonly value: T } | { readonly kind: 'failed'; readonly error: ErrorRecord };

/** What main answers to a question, asked when this part appears and again when the question changes or `again` is called. An answer that nobody waits for any more is dropped. */
export function useRoute<Name extends WindowRoute>(name: Name, input: RouteInput<Name>): { readonly answer: RouteAnswer<RouteOutput<Name>>; readonly again: () => void } {
  const question = JSON.stringify(input);
  const [round, setRound] = useState(0);
  const [known, setKnown] = useState<{ readonly question: string; readonly answer: RouteAnswer<RouteOutput<Name>> } | null>(null);
  useEffect(() => {
    let wanted = true;
    const accept = (answer: RouteAnswer<RouteOutput<Name>>) => {
      if (wanted) setKnown({ question, answer });
    };
    request(name, JSON.parse(question) as RouteInput<Name>).then(
      (value) => accept({ kind: 'ready', value }),
      (error: unknown) => accept({ kind: 'failed', error: errorRecord(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [name, question, round]);
  const again = useCallback(() => setRound((count) => count + 1), []);
  return { answer: known?.question === question ? known.answer : { kind: 'loading' }, again };
}
