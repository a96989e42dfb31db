import { describe, expect, test } from 'vitest';
import { openSlots } from '../../src/local/step-functions/slots.ts';

const never = new AbortController().signal;

/** Enters several callers, and notes the order in which they get their slots. */
function enterAll(count: number, callers: number) {
  const slots = openSlots(count);
  const begun: number[] = [];
  const places = Array.from({ length: callers }, (_, at) => {
    const abort = new AbortController();
    const place = slots.enter(abort.signal);
    place.slot.then(
      () => begun.push(at),
      () => undefined,
    );
    return { ...place, leave: () => abort.abort(new Error('left')) };
  });
  return { begun, places };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  test('are limited, and the rest gets them in the order of its entry', async () => {
    const { begun, places } = enterAll(2, 5);
    await settled();
    expect(begun).toEqual([0, 1]);
    (await places[1]?.slot)?.();
    (await places[0]?.slot)?.();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  test('say how many others come first', async () => {
    const { places } = enterAll(2, 5);
    expect(places.map(({ others }) => others())).toEqual([0, 0, 2, 3, 4]);
    (await places[0]?.slot)?.();
    expect(places.map(({ others }) => others())).toEqual([0, 0, 0, 2, 3]);
  });

  test('are given back once, however often they are returned', async () => {
    const { begun, places } = enterAll(1, 4);
    const giveBack = await places[0]?.slot;
    giveBack?.();
    giveBack?.();
    await settled();
    expect(begun).toEqual([0, 1]);
  });

  test('are not needed by a caller that leaves the queue', async () => {
    const { begun, places } = enterAll(1, 4);
    places[1]?.leave();
    await expect(places[1]?.slot).rejects.toThrow('left');
    expect(places.map(({ others }) => others())).toEqual([0, 0, 1, 2]);
    (await places[0]?.slot)?.();
    await settled();
    expect(begun).toEqual([0, 2]);
  });

  test('stay taken when their holder is aborted, until it returns them', async () => {
    const { begun, places } = enterAll(1, 2);
    places[0]?.leave();
    await settled();
    expect(begun).toEqual([0]);
  });

  test('are refused to a caller that was aborted before', async () => {
    const place = openSlots(1).enter(AbortSignal.abort(new Error('left')));
    await expect(place.slot).rejects.toThrow('left');
    expect(openSlots(1).enter(never).others()).toBe(0);
  });
});
