import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('one at a time for one thing, in order; other things do not wait', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const end = await turns.take('a', undefined);
  const second = turns.take('a', undefined).then((endSecond) => {
    order.push('second');
    endSecond();
  });
  const third = turns.take('a', undefined).then((endThird) => {
    order.push('third');
    endThird();
  });
  (await turns.take('b', undefined))();
  order.push('first');
  end();
  await Promise.all([second, third]);
  expect(order).toEqual(['first', 'second', 'third']);
});

test('one that is canceled while it waits does not hold up those behind it, nor let them in early', async () => {
  const turns = new Turns();
  const abort = new AbortController();
  const end = await turns.take('a', undefined);
  const canceled = turns.take('a', abort.signal);
  let inside = false;
  const behind = turns.take('a', undefined).then((endBehind) => {
    inside = true;
    endBehind();
  });
  abort.abort();
  await expect(canceled).rejects.toThrow();
  await new Promise(setImmediate);
  expect(inside).toBe(false);
  end();
  await behind;
  expect(inside).toBe(true);
});
