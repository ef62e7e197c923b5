import { afterEach, expect, test } from 'vitest';
import { ByteBudget, setBudgetShare } from './byte-budget.ts';

afterEach(() => setBudgetShare(1));

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.then(() => (done = true), () => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

test('more than is left waits until enough was given back, in turn', async () => {
  const budget = new ByteBudget(10);
  const first = await budget.take(6);
  const large = budget.take(8);
  const small = budget.take(1);
  expect(await settled(large)).toBe(false);
  expect(await settled(small)).toBe(false);
  first();
  first();
  const giveBack = await large;
  await small;
  const last = budget.take(2);
  expect(await settled(last)).toBe(false);
  giveBack();
  await last;
});

test('more than there is in all is taken alone', async () => {
  const budget = new ByteBudget(10);
  const all = await budget.take(1000);
  const next = budget.take(1);
  expect(await settled(next)).toBe(false);
  all();
  await next;
});

test('who gives up waiting lets the next one go on', async () => {
  const budget = new ByteBudget(10);
  await budget.take(5);
  const abort = new AbortController();
  const large = budget.take(10, abort.signal);
  const small = budget.take(5);
  abort.abort(new Error('no more'));
  await expect(large).rejects.toThrow('no more');
  await small;
  await expect(budget.take(1, abort.signal)).rejects.toThrow('no more');
});

test('a thread among several has a part of it, and one that wants more than that gets all of the part', async () => {
  setBudgetShare(0.5);
  const budget = new ByteBudget(10);
  const release = await budget.take(8);
  const second = budget.take(1);
  expect(await settled(second)).toBe(false);
  release();
  expect(await settled(second)).toBe(true);
});
